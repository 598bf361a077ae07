// Workers that a message ends for certain, and how long they live at the most because such a message comes regularly.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analyzer/calls.hpp"
#include "analyzer/crashes.hpp"
#include "analyzer/longest_times.hpp"
#include "analyzer/tree.hpp"
#include "spec/design.hpp"

namespace treefall::analyzer {

/// P(this call fails by what it asks for alone), at the least: a callee that is never there, has no clause for it,
/// crashes by it, or takes longer than the timeout; 0 where the caller lives through it.
double fails_alone(const spec::Design& design, const spec::Call& call);
/// Does its init say `ignore` at every start?
bool is_never_there(const spec::Worker& worker);
/// Takes no time and does nothing that might.
bool is_at_once(const spec::Handler& handler);

class FatalMessages {
 public:
  FatalMessages(const spec::Design& design, const Tree& tree, const Crashes& crashes);

  /// Is it there after each of its starts that succeeds? Those may fail.
  bool is_always_started(spec::NodeId worker) const;
  /// Seconds from when it is up until such a message has ended it, or something else that its supervisor counts as a
  /// restart has happened; for a worker whose ends are all alike to its supervisor.
  Limit longest_life(spec::NodeId worker, double overlong) const;

 private:
  struct Sender {  // a tick that casts
    spec::NodeId node = spec::no_node;
    const spec::Tick* tick = nullptr;
    const spec::Cast* cast = nullptr;
  };
  Limit time_to_next(spec::NodeId worker, double overlong) const;
  Limit time_to_cast(const Sender& sender, double overlong) const;
  std::optional<Limit> time_to_die(const spec::Worker& worker, const spec::Handler& handler, double overlong) const;
  void note_calls(const spec::Init& init);
  void note_messages(const spec::Handler& handler);
  bool may_come(spec::NodeId worker, const std::string& message) const;
  bool is_fatal(const spec::Worker& worker, const std::string& message) const;

  const spec::Design& design_;
  const Tree& tree_;
  const Crashes& crashes_;
  std::vector<std::vector<const spec::Traffic*>> traffic_to_;  // by node
  std::vector<std::vector<Sender>> casts_to_;                  // by node
  std::vector<std::set<std::string>> sent_to_;                 // by node: names of messages that may come
};

}  // namespace treefall::analyzer
