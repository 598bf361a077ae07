// A supervisor of its own for the child that crashes most: the text is changed and read again, so what is judged is
// what the user would write. Another strategy: where siblings that are linked die together, one_for_one counts each,
// the others count once. Fewer crashes: the break-even of the present budget. What only the author can do is said
// without a number.
#include "advice/alternatives.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "advice/execute.hpp"
#include "advice/search.hpp"
#include "spec/read.hpp"

namespace treefall::advice {

namespace {

using analyzer::Window;

spec::NodeId node_at(const spec::Design& design, const std::string& path) {
  for (spec::NodeId id = 0; id < design.nodes.size(); ++id)
    if (design.nodes[id].path == path) return id;
  return spec::no_node;
}

/// The worker with the greatest part in the counted restarts, where that is more than half and others share the budget.
spec::NodeId flaky_child(const Case& one, const analyzer::Budget& budget) {
  if (one.design.nodes[one.supervisor].children.size() < 2) return spec::no_node;
  if (spec::as_supervisor(one.design.nodes[one.supervisor])->strategy.value != spec::Strategy::one_for_one)
    return spec::no_node;
  const analyzer::Share* most = nullptr;
  double sum = 0;
  for (const analyzer::Share& share : budget.shares) {
    if (std::isnan(share.per_second)) return spec::no_node;
    sum += share.per_second;
    if (most == nullptr || share.per_second > most->per_second) most = &share;
  }
  if (most == nullptr || most->per_second <= sum / 2) return spec::no_node;
  return spec::as_worker(one.design.nodes[most->child]) != nullptr ? most->child : spec::no_node;
}

std::string name_of_own(const spec::Design& design, spec::NodeId child) {
  return design.nodes[child].name + (design.dialect.value == spec::Dialect::erlang ? "_sup" : ".Supervisor");
}

/// The text with the child under a supervisor of its own, read again.
struct Wrapped {
  spec::Design design;
  spec::NodeId outer = spec::no_node;
  spec::NodeId inner = spec::no_node;
};

std::vector<Edit> with_wrapping(const Case& one, spec::NodeId child, const std::string& name, const Window& window) {
  std::vector<Edit> edits = one.edits;
  const auto more = wrapping_edits(one.source, one.design, child, name, window);
  edits.insert(edits.end(), more.begin(), more.end());
  return edits;
}

std::optional<Wrapped> wrapped(const Case& one, spec::NodeId child, const std::string& name) {
  const spec::Source changed(one.source.file(), applied(one.source.text(), with_wrapping(one, child, name, one.now)));
  auto reading = spec::read(changed);
  if (!reading.design) return std::nullopt;
  const std::string& path = one.design.nodes[one.supervisor].path;
  Wrapped result{promising(std::move(*reading.design), 0, one.demand), 0, 0};
  result.outer = node_at(result.design, path);
  result.inner = node_at(result.design, path + "/" + name);
  if (result.outer == spec::no_node || result.inner == spec::no_node) return std::nullopt;
  result.design = promising(std::move(result.design), result.outer, one.demand);
  return result;
}

/// The fewest restarts, up to `most`, for which `enough` holds; it holds for more if it does for fewer.
std::optional<std::uint64_t> fewest(const std::function<bool(std::uint64_t)>& enough, std::uint64_t most) {
  if (enough(0)) return 0;
  std::uint64_t too_few = 0, found = 1;
  while (!enough(found)) {
    if (found >= most) return std::nullopt;
    too_few = found;
    found = std::min(2 * found, most);
  }
  while (found > too_few + 1) {
    const std::uint64_t middle = too_few + (found - too_few) / 2;
    (enough(middle) ? found : too_few) = middle;
  }
  return found;
}

/// The new supervisor's budget under which the tuned one keeps the demand with its present budget. Where none does, the
/// one under which the new supervisor would keep it by itself, and with it the other's.
bool find_budgets(const Case& one, Wrapped& tree, Alternative& found) {
  const auto keeps = [&](spec::NodeId id, const Window& window) {
    set_window(tree.design, id, window);
    const analyzer::Prediction prediction = promised_prediction(tree.design, one.remembered);
    found.failure = {prediction.value, prediction.low, prediction.high, prediction.method, prediction.because};
    return prediction.high <= one.demand.probability;
  };
  const std::uint64_t seconds = one.now.seconds;
  constexpr std::uint64_t most_of_own = 200;
  auto inner = fewest([&](std::uint64_t r) { return keeps(tree.inner, {r, seconds}); }, most_of_own);
  if (inner) {
    found.window = Window{*inner, seconds};
    return keeps(tree.inner, *found.window);
  }
  const auto alone = Question(tree.design, tree.inner, one.demand, one.remembered).smallest(seconds);
  if (!alone) return false;
  set_window(tree.design, tree.inner, alone->window);
  const auto outer = fewest([&](std::uint64_t r) { return keeps(tree.outer, {r, seconds}); }, alone->window.restarts);
  if (!outer) return false;
  found.window = alone->window;
  found.others = Window{*outer, seconds};
  return keeps(tree.outer, *found.others);
}

std::optional<Alternative> own_supervisor(const Case& one, spec::NodeId child, const confirm::Options& options,
                                          const std::atomic<bool>& stop) {
  Alternative found;
  found.what = Alternative::What::own_supervisor;
  found.child = child;
  found.name = name_of_own(one.design, child);
  auto tree = wrapped(one, child, found.name);
  if (!tree || !find_budgets(one, *tree, found)) return std::nullopt;
  found.execution = execute(tree->design, options, one.remembered, stop);
  if (found.execution->verdict == confirm::Verdict::refuted) return std::nullopt;
  if (found.execution->verdict != confirm::Verdict::confirmed) {
    // The way out stands, its figures do not.
    found.window.reset();
    found.others.reset();
    found.failure.reset();
    return found;
  }
  found.edits = wrapping_edits(one.source, one.design, child, found.name, *found.window);
  if (found.others) {
    const auto more = budget_edits(one.source, one.design, one.supervisor, *found.others);
    found.edits.insert(found.edits.end(), more.begin(), more.end());
  }
  return found;
}

std::optional<Alternative> other_strategy(const Case& one, spec::Strategy strategy, const confirm::Options& options,
                                          const std::atomic<bool>& stop) {
  spec::Design design = promising(one.design, one.supervisor, one.demand);
  auto& supervisor = std::get<spec::Supervisor>(design.nodes[one.supervisor].role);
  if (supervisor.strategy.value == strategy) return std::nullopt;
  supervisor.strategy.value = strategy;
  const analyzer::Prediction prediction = promised_prediction(design, one.remembered);
  if (!(prediction.high <= one.demand.probability)) return std::nullopt;
  Alternative found;
  found.what = Alternative::What::strategy;
  found.strategy = strategy;
  found.failure = {prediction.value, prediction.low, prediction.high, prediction.method, prediction.because};
  found.execution = execute(design, options, one.remembered, stop);
  if (found.execution->verdict != confirm::Verdict::confirmed) return std::nullopt;
  return found;
}

/// A child that cannot start, or crashes, while a fault lasts: no budget outlasts that.
spec::NodeId struck_by_fault(const spec::Design& design, spec::NodeId supervisor) {
  for (const spec::NodeId child : design.nodes[supervisor].children) {
    const auto* worker = spec::as_worker(design.nodes[child]);
    if (worker == nullptr) continue;
    const bool crashes = std::any_of(worker->crashes.begin(), worker->crashes.end(),
                                     [](const spec::CrashClock& clock) { return clock.during.has_value(); });
    if (crashes || (worker->init && worker->init->fails_during)) return child;
  }
  return spec::no_node;
}

spec::NodeId large_population(const spec::Design& design, spec::NodeId supervisor) {
  if (spec::as_supervisor(design.nodes[supervisor])->kind.value != spec::SupervisorKind::dynamic) return spec::no_node;
  for (const spec::NodeId child : design.nodes[supervisor].children)
    if (design.nodes[child].count.value > 1) return child;
  return spec::no_node;
}

}  // namespace

std::vector<Alternative> alternatives(const Case& one, const confirm::Options& options, const std::atomic<bool>& stop) {
  std::vector<Alternative> found;
  const auto keep = [&](std::optional<Alternative> alternative) {
    if (alternative) found.push_back(std::move(*alternative));
  };
  const auto about = [&](Alternative::What what, spec::NodeId child) {
    Alternative alternative;
    alternative.what = what;
    alternative.child = child;
    found.push_back(std::move(alternative));
  };
  const analyzer::Facts facts = analyzer::derive(one.design, one.remembered);
  const analyzer::Budget& budget = facts.budgets.of[one.supervisor];
  const spec::NodeId flaky = flaky_child(one, budget);
  if (flaky != spec::no_node) keep(own_supervisor(one, flaky, options, stop));
  if (budget.restarts.batches.size() > 1) {
    keep(other_strategy(one, spec::Strategy::rest_for_one, options, stop));
    keep(other_strategy(one, spec::Strategy::one_for_all, options, stop));
  }
  const auto rate = analyzer::tolerated_rate(one.now, one.demand.probability, spec::in_seconds(one.demand.within));
  if (!budget.fate && rate.said() && rate.low < budget.counted) {
    about(Alternative::What::less_often, flaky);
    found.back().at_most = rate.low;
  }
  if (const auto struck = struck_by_fault(one.design, one.supervisor); struck != spec::no_node) {
    about(Alternative::What::back_off, struck);
    found.back().why = "crashes while a fault lasts, and no budget outlasts that";
  } else if (budget.fate && budget.fate->guilty != spec::no_node && budget.fate->gap > 0) {
    about(Alternative::What::back_off, budget.fate->guilty);
    found.back().why = "crashes after every start, and that should end it";
  }
  if (const auto many = large_population(one.design, one.supervisor); many != spec::no_node)
    about(Alternative::What::partition, many);
  return found;
}

}  // namespace treefall::advice
