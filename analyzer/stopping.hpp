// What comes between an order to stop and the clean-up of a process that traps exits: the exits of others that are
// stopped before it, and what may end it without a clean-up.
#pragma once

#include "analyzer/loads.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

struct BeforeCleanUp {
  double exits = 0;      // seconds that it handles `EXIT` messages, at the most
  double cut = 0;        // probability that it ends without its clean-up, at the most
  bool certain = false;  // both are what surely happens, not bounds
  const char* why = "";  // in words; empty: nothing comes between
};

/// Of one worker that traps exits, when the whole node stops. `clean_up` and `backlog`: seconds, at the most.
BeforeCleanUp before_clean_up(const spec::Design& design, const Tree& tree, const Loads& loads, spec::NodeId worker,
                              double clean_up, double backlog);

}  // namespace treefall::analyzer
