// Restart intensities of one supervisor against one demand, by prediction alone. Internal to advice/.
#pragma once

#include <optional>
#include <vector>

#include "advice/tune.hpp"
#include "analyzer/facts.hpp"
#include "analyzer/remembered.hpp"

namespace treefall::advice {

/// A copy of a design that can be asked what another intensity would do.
class Question {
 public:
  /// `remembered` outlives it.
  Question(const spec::Design& design, spec::NodeId supervisor, const Demand& demand, analyzer::Remembered& remembered);

  Point at(const analyzer::Window& window) const;
  /// The fewest restarts within so many seconds that keep the demand; at most `most_restarts`. Nothing: none do, or
  /// nothing can be said.
  std::optional<Point> smallest(std::uint64_t seconds) const;
  /// The same by all that the analyser derives, beside the budgets: what else may end the node, disturbances.
  analyzer::Prediction prediction(const analyzer::Window& window) const;
  /// Does that prediction keep the demand, and break none of what else the design promises of the supervisor?
  bool agrees(const analyzer::Window& window) const;
  /// What the supervisor meets, as the design stands.
  const analyzer::Budget& budget() const { return facts_.budgets.of[supervisor_]; }
  /// The design with that intensity, and the demand as its only promise.
  spec::Design with(const analyzer::Window& window) const;

 private:
  spec::Design design_;
  std::vector<spec::Promise> promised_;  // by the design, of the supervisor
  spec::NodeId supervisor_;
  Demand demand_;
  analyzer::Remembered& remembered_;
  analyzer::Facts facts_;
};

/// Gives a supervisor that restart intensity.
void set_window(spec::Design& design, spec::NodeId supervisor, const analyzer::Window& window);

/// How soon a child that crashes straight after every start ends its supervisor.
LoopEnd loop_end(const spec::Design& design, const analyzer::Tree& tree, spec::NodeId supervisor,
                 const analyzer::Window& window);

/// Is it that supervisor, or the application of which it is the root?
bool is_about(const spec::Design& design, const spec::Subject& subject, spec::NodeId supervisor);

/// A design in which that supervisor promises what is demanded, and nothing else is promised.
spec::Design promising(spec::Design design, spec::NodeId supervisor, const Demand& demand);
/// The prediction of what such a design promises.
analyzer::Prediction promised_prediction(const spec::Design& design, analyzer::Remembered& remembered);

}  // namespace treefall::advice
