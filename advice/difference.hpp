// What a change of a design does: to what is found about it, and to its quantities.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/finding.hpp"
#include "analyzer/lint.hpp"
#include "analyzer/prediction.hpp"
#include "confirm/paired.hpp"
#include "spec/design.hpp"

namespace treefall::advice {

/// One side of the comparison, with what has been said of it.
struct Version {
  const spec::Design& design;
  const std::vector<analyzer::Finding>& findings;
  const std::vector<analyzer::Suppressed>& suppressed;
  const std::vector<analyzer::Prediction>& predictions;
};

enum class Change {
  better,     // beyond the errors of both
  worse,      // likewise
  unchanged,  // the same value, or no difference in execution
  undecided,  // the errors overlap, and execution does not tell the two apart
  appeared,   // only in the new design
  gone,       // only in the old one
};
std::string_view name(Change change);

struct QuantityChange {
  std::string process;  // as results name it
  std::uint64_t copies = 1;
  spec::Quantity quantity = spec::Quantity::failure_probability;
  std::optional<spec::Duration> within;  // of a failure probability
  std::optional<analyzer::Prediction> before;
  std::optional<analyzer::Prediction> after;
  std::optional<confirm::Paired> observed;  // where prediction alone could not tell
  Change change = Change::unchanged;
  std::string because;  // of undecided
};

struct Difference {
  // Indices into the findings of the version that has them.
  std::vector<std::size_t> appeared;       // of the new one
  std::vector<std::size_t> fixed;          // of the old one
  std::vector<std::size_t> unchanged;      // of the new one
  std::vector<std::size_t> suppressed;     // of the old one: still there, but the new text has it ignored
  std::vector<QuantityChange> quantities;  // those of the old design in their order, then new ones
};

/// Findings are the same where their fingerprints are. A quantity changes where the error bars of the two predictions
/// are apart; where they are not, or one can't be predicted, both designs are executed with common random numbers.
Difference difference(const Version& before, const Version& after, const confirm::PairedOptions& options,
                      const std::atomic<bool>& stop, const std::function<void(double)>& progress = nullptr);

/// Is less of it better?
bool less_is_better(spec::Quantity quantity);

}  // namespace treefall::advice
