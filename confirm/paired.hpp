// Two designs side by side in execution, with the same random numbers where they are the same.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "spec/design.hpp"
#include "spec/quantity.hpp"

namespace treefall::confirm {

/// One quantity of one process that stands in both designs.
struct PairedClaim {
  spec::Subject before;
  spec::Subject after;
  spec::Quantity quantity = spec::Quantity::failure_probability;
  spec::Duration within{};  // of a failure probability
};

/// What the executions of both say of it.
struct Paired {
  double before = 0;  // means over the batches; NaN: not in each of them
  double after = 0;
  /// The interval is of after / before where both are positive in every batch, else of after - before.
  bool is_ratio = false;
  double value = 0;
  double low = 0;
  double high = 0;
  double confidence = 0.95;    // of the interval, corrected for all claims that are compared together
  double correlation = 0;      // between the two, over the batches; NaN where one does not vary
  std::uint64_t batches = 0;   // pairs of executions with seeds of their own
  std::uint64_t replicas = 0;  // of each design in a batch
  spec::Duration until{};
  std::string because = {};  // why there is no interval; else empty
};

struct PairedOptions {
  std::uint64_t seed = 1;
  unsigned jobs = 1;
  double confidence = 0.95;
  std::uint64_t events = 40'000'000;  // of the model, of both designs together, at most
};

/// One entry a claim. The same for any number of jobs.
std::vector<Paired> compare(const spec::Design& before, const spec::Design& after,
                            const std::vector<PairedClaim>& claims, const PairedOptions& options,
                            const std::atomic<bool>& stop, const std::function<void(double)>& progress = nullptr);

}  // namespace treefall::confirm
