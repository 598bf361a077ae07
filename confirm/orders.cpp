// Two orders of the same design, seed and replicas share their random numbers (streams depend on seed, replica and name
// alone), so what differs between them is the order's doing. `creation` and `reverse` are one outcome each; what a
// drawn order comes to is an average over replicas, and differs from theirs where any replica did.
#include "confirm/orders.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "confirm/stage.hpp"
#include "runtime/simulate.hpp"

namespace treefall::confirm {
namespace {

constexpr std::array<spec::TieOrder, 3> every_order{spec::TieOrder::creation, spec::TieOrder::reverse,
                                                    spec::TieOrder::random};
constexpr std::uint64_t draws = 50;

bool same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) == std::isnan(b);
  return a == b || std::abs(a - b) <= 2e-9 + 1e-9 * std::abs(a);  // times are whole nanoseconds
}

spec::Design ordered(const spec::Design& design, spec::TieOrder order) {
  spec::Design other = design;
  other.tie_order.value = order;
  return other;
}

}  // namespace

void try_orders(const spec::Design& design, std::vector<Check>& checks, const Options& options,
                const std::atomic<bool>& halt) {
  const bool chance = runtime::has_chance(ordered(design, spec::TieOrder::creation));
  const auto asked = [&](const Check& check) {
    return check.observed && (!chance || check.predicted.method == analyzer::Method::deterministic);
  };
  if (std::none_of(checks.begin(), checks.end(), asked)) return;
  spec::Duration longest = design.horizon.value;
  for (const Check& check : checks)
    if (check.predicted.within) longest = std::max(longest, *check.predicted.within);
  const Cost cost = pilot(design, longest, options.seed, halt);
  if (halt || cost.until(longest) * 3 * draws > static_cast<double>(options.events) / 10) return;

  std::vector<runtime::Experiment> outcomes;
  for (const spec::TieOrder order : every_order) {
    const bool one = !chance && order != spec::TieOrder::random;
    outcomes.emplace_back(ordered(design, order), options.seed, longest, options.jobs);
    outcomes.back().extend(one ? 1 : draws, halt);
    if (halt) return;
  }
  for (Check& check : checks) {
    if (!asked(check)) continue;
    std::vector<Ordered> found;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const auto observed = outcomes[i].measure(check.predicted.subject, check.predicted.quantity,
                                                check.predicted.within, options.confidence);
      if (observed) found.push_back({every_order[i], *observed});
    }
    const bool differ = std::any_of(found.begin(), found.end(), [&](const Ordered& one) {
      return !same(one.observed.value, found.front().observed.value);
    });
    if (differ && found.size() == every_order.size()) check.orders = std::move(found);
  }
}

}  // namespace treefall::confirm
