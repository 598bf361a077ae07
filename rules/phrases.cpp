// Words for facts that the analyser has found; adds no number of its own.
#include "rules/phrases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "analyzer/giving_up.hpp"
#include "analyzer/shutdowns.hpp"
#include "spec/wording.hpp"

namespace treefall::rules {
namespace {

using analyzer::CrashSource;
using spec::Quantity;

constexpr double more_likely_than_not = 0.5;
constexpr double all_but_certain = 0.999;
constexpr double worth_a_range = 0.02;  // an error bar wider than that part of the value is shown

std::string horizon_text(const spec::Design& design) {
  return spec::seconds_text(spec::in_seconds(design.horizon.value));
}

/// `Sessions` (500 processes).
std::string with_size(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId node) {
  const auto processes = facts.tree.size[node] * design.nodes[node].count.value;
  if (processes == 1) return quoted(design, node);
  return fmt::format("{} ({})", quoted(design, node), spec::count_text(processes, "process"));
}

/// The other children, a few by name.
std::string siblings_text(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId supervisor,
                          spec::NodeId guilty) {
  constexpr std::size_t named = 4;
  std::string text;
  std::size_t others = 0;
  for (const auto child : design.nodes[supervisor].children) {
    if (child == guilty) continue;
    if (others++ < named) text += (text.empty() ? "" : ", ") + with_size(design, facts, child);
  }
  if (others > named) text += fmt::format(" and {} more children", others - named);
  return text;
}

bool gives_up_too(const analyzer::Facts& facts, spec::NodeId supervisor) {
  const auto& probability = facts.budgets.of[supervisor].failure_probability;
  return probability.said() && probability.value >= more_likely_than_not;
}

/// What becomes of the tree above a supervisor that gave up: who goes down in turn, and where it stops.
struct Above {
  std::vector<std::string> falls;
  std::string stops;  // empty: nowhere
};

Above above(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId supervisor) {
  Above found;
  for (auto at = supervisor;; at = design.nodes[at].parent) {
    const auto& node = design.nodes[at];
    if (node.parent == spec::no_node) {
      if (node.application == spec::no_application) return found;
      found.falls.emplace_back("the application");
      if (design.applications[node.application].start.value != spec::StartType::temporary)
        found.falls.emplace_back("the node");
      return found;
    }
    const auto* fallen = spec::as_supervisor(node);
    const bool empty = fallen->kind.value == spec::SupervisorKind::dynamic && !fallen->reseeded;
    if (node.restart.value != spec::Restart::permanent)
      found.stops = fmt::format("{} does not start {} again", quoted(design, node.parent), quoted(design, at));
    else if (!gives_up_too(facts, node.parent))
      found.stops = fmt::format("{} starts {} again{}", quoted(design, node.parent), quoted(design, at),
                                empty ? ", without the children it had" : "");
    if (!found.stops.empty()) return found;
    found.falls.push_back(with_size(design, facts, node.parent));
  }
}

/// Crashes per second of one source that the supervisor counts, for the copies of a child; 0 where it cannot be said.
double counted_rate(const CrashSource& source, std::uint64_t count) {
  const double rate = source.counted ? analyzer::per_second(source) : 0;
  return std::isfinite(rate) ? rate * static_cast<double>(count) : 0;
}

/// A caller that dies with a callee which the same supervisor restarts: the callee is to blame.
bool is_consequence(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId supervisor,
                    const CrashSource& source) {
  if (source.kind != CrashSource::Kind::call || !source.follows) return false;
  const auto& [node, index] = source.event;
  return design.nodes[node].parent == supervisor && facts.crashes.of[node][index].counted;
}

/// Ends of its significant children, with which a supervisor shuts down, to be restarted for that.
std::vector<std::pair<spec::NodeId, const CrashSource*>> shutdowns(const spec::Design& design,
                                                                   const analyzer::Facts& facts, spec::NodeId child) {
  std::vector<std::pair<spec::NodeId, const CrashSource*>> found;
  const bool again = design.nodes[child].restart.value == spec::Restart::permanent;
  if (!again || !analyzer::may_shut_down(design, facts.crashes, child)) return found;
  for (const auto below : design.nodes[child].children) {
    if (!design.nodes[below].significant.value) continue;
    for (const auto& source : facts.crashes.of[below])
      if (!source.counted) found.emplace_back(below, &source);
  }
  return found;
}

/// The greatest by kind.
struct Tallies {
  std::array<Culprit, static_cast<std::size_t>(CrashSource::Kind::script) + 1> by_kind{};
  std::array<double, static_cast<std::size_t>(CrashSource::Kind::script) + 1> greatest{};
  void add(spec::NodeId child, const CrashSource& source, double rate) {
    const auto kind = static_cast<std::size_t>(source.kind);
    by_kind[kind].per_second += rate;
    if (by_kind[kind].source != nullptr && rate <= greatest[kind]) return;
    greatest[kind] = rate;
    by_kind[kind].child = child;
    by_kind[kind].source = &source;
  }
};

}  // namespace

analyzer::Finding begin(const analyzer::Rule& rule, spec::NodeId node, spec::Span cause, std::string label,
                        std::string message) {
  analyzer::Finding finding;
  finding.confidence = rule.confidence;
  finding.subject = spec::Target{node, {}, cause};
  finding.diagnostic.rule = rule.id;
  finding.diagnostic.severity = rule.severity;
  finding.diagnostic.message = std::move(message);
  finding.diagnostic.span = cause;
  finding.diagnostic.label = std::move(label);
  return finding;
}

analyzer::Finding begin_fall(const analyzer::Rule& rule, const spec::Design& design, spec::NodeId supervisor,
                             const Culprit& cause, std::string message) {
  auto finding = begin(rule, supervisor, cause.source->span, cause_text(design, cause), std::move(message));
  finding.diagnostic.labels.push_back(budget_label(design, supervisor));
  return finding;
}

void claim(analyzer::Finding& finding, const analyzer::Prediction* prediction) {
  if (prediction == nullptr || std::isnan(prediction->value)) return;
  finding.prediction = *prediction;
  claim_beside(finding, prediction);
}

void claim_beside(analyzer::Finding& finding, const analyzer::Prediction* prediction) {
  if (prediction == nullptr || std::isnan(prediction->value)) return;
  const auto& quantity = spec::info(prediction->quantity);
  auto text = fmt::format("predicted: {} {}", quantity.label, spec::value_text(quantity.unit, prediction->value));
  if (prediction->within) text += " within " + spec::seconds_text(spec::in_seconds(*prediction->within));
  text += fmt::format(" ({}", analyzer::name(prediction->method));
  const bool wide = prediction->high - prediction->low > worth_a_range * std::abs(prediction->value);
  const bool open = std::isinf(prediction->high) && quantity.unit != spec::Unit::seconds;
  if (wide && open) text += fmt::format(", {} at the least", spec::value_text(quantity.unit, prediction->low));
  if (wide && !open)
    text += fmt::format(", {} to {}", spec::value_text(quantity.unit, prediction->low),
                        spec::value_text(quantity.unit, prediction->high));
  note(finding, text + ")");
}

std::vector<analyzer::Finding> claims(std::vector<analyzer::Finding> findings) {
  std::erase_if(findings, [](const analyzer::Finding& finding) {
    return finding.confidence == analyzer::Confidence::model_based && !finding.prediction;
  });
  return findings;
}

void note(analyzer::Finding& finding, std::string text) {
  if (!text.empty()) finding.diagnostic.notes.push_back(std::move(text));
}

std::string quoted(const spec::Design& design, spec::NodeId node) {
  return fmt::format("`{}`", design.nodes[node].name);
}

std::string pace_text(const analyzer::Fate& fate) {
  if (fate.gap <= 0) return "the crashes below it";
  // Against whole seconds a thousandth may decide, which three digits do not show.
  auto gap = spec::seconds_text(fate.gap);
  if (fate.gap >= 1 && fate.gap < 60) gap = fmt::format("{:.6g} s", fate.gap);
  return "a crash every " + gap;
}

std::string budget_text(const spec::Supervisor& supervisor) {
  return fmt::format("{} in {} s", spec::count_text(supervisor.max_restarts.value, "restart"),
                     spec::count_text(supervisor.max_seconds.value));
}

spec::Label budget_label(const spec::Design& design, spec::NodeId supervisor) {
  const auto& node = design.nodes[supervisor];
  const auto& budget = *spec::as_supervisor(node);
  const auto& place = budget.max_restarts.written() ? budget.max_restarts : budget.max_seconds;
  const bool written = place.written();
  std::uint64_t children = 0;
  for (const auto child : node.children) children += design.nodes[child].count.value;
  auto text = fmt::format("{}{}", written ? "" : budget_text(budget) + " by default, ",
                          written ? "the budget that " : "a budget that ");
  text += children == 1   ? "its only child has"
          : children == 2 ? "both children share"
                          : fmt::format("all {} children share", spec::count_text(children));
  return {place.whole(), std::move(text)};
}

std::string cause_text(const spec::Design& design, const Culprit& culprit) {
  const bool its_own_clock = culprit.source->kind == CrashSource::Kind::clock;
  return fmt::format("{}{} {}", quoted(design, culprit.child), its_own_clock ? "" : ":", culprit.source->what);
}

void add_fall(analyzer::Finding& finding, const spec::Design& design, const analyzer::Facts& facts,
              spec::NodeId supervisor, spec::NodeId guilty) {
  auto text = siblings_text(design, facts, supervisor, guilty);
  const auto [falls, stops] = above(design, facts, supervisor);
  for (const auto& next : falls) text += (text.empty() ? "" : ", then ") + next;
  if (!text.empty()) note(finding, "falls with it: " + text);
  if (!stops.empty()) note(finding, "stops there: " + stops);
}

std::string holds_up_to(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId supervisor) {
  const auto& budget = facts.budgets.of[supervisor];
  if (!budget.tolerates.said() || budget.tolerates.value <= 0) return {};
  const double seconds = spec::in_seconds(design.horizon.value);
  const bool together = !budget.restarts.batches.empty() && budget.restarts.late == 0;
  const double held = budget.restarts.gap ? analyzer::tolerated_with_age(budget, seconds)
                      : together          ? analyzer::tolerated_together(budget, seconds)
                                          : budget.tolerates.value;
  return fmt::format("holds up to: {} for {} within {}", spec::rate_text(held, "crashes"),
                     spec::share_text(analyzer::tolerated), horizon_text(design));
}

std::optional<Culprit> culprit(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId supervisor) {
  const auto& budget = facts.budgets.of[supervisor];
  if (budget.sure && !budget.fate && budget.sure->source == nullptr) return std::nullopt;
  if (budget.sure && !budget.fate) {
    const double rate = analyzer::per_second(*budget.sure->source);
    return Culprit{budget.sure->guilty, budget.sure->source, rate > 0 ? rate : 0};
  }
  Tallies tallies;
  double from_below = 0;
  for (const auto child : design.nodes[supervisor].children)
    if (spec::as_supervisor(design.nodes[child]) != nullptr)
      for (const auto& [below, source] : shutdowns(design, facts, child)) {
        const double rate = analyzer::per_second(*source);
        tallies.add(below, *source, std::isfinite(rate) ? rate : 0);
      }
  for (const auto& share : budget.shares) {
    if (spec::as_supervisor(design.nodes[share.child]) != nullptr) {
      const bool falls = shutdowns(design, facts, share.child).empty();
      if (falls && std::isfinite(share.per_second)) from_below += share.per_second;
      continue;
    }
    for (const auto& source : facts.crashes.of[share.child])
      if (source.counted && !is_consequence(design, facts, supervisor, source))
        tallies.add(share.child, source, counted_rate(source, design.nodes[share.child].count.value));
  }
  const Culprit* worst = nullptr;
  for (const auto& candidate : tallies.by_kind)
    if (candidate.source != nullptr && (worst == nullptr || candidate.per_second > worst->per_second))
      worst = &candidate;
  if (worst == nullptr || worst->per_second < from_below) return std::nullopt;
  return *worst;
}

bool is_by_task(const spec::Design& design, spec::NodeId node, const CrashSource& source) {
  if (source.kind == CrashSource::Kind::task) return true;
  return source.kind == CrashSource::Kind::unknown_message && unanswered_task(*spec::as_worker(design.nodes[node]));
}

const spec::Task* unanswered_task(const spec::Worker& worker) {
  if (!worker.handles) return nullptr;
  const auto lacks = [&](const char* message) { return analyzer::clause_for(worker, message).unknown; };
  const auto is_unanswered = [&](const spec::Task& task) {
    return (!task.await && (lacks("reply") || lacks("DOWN"))) ||
           (task.linked && worker.traps_exits.value && lacks("EXIT"));
  };
  const auto among = [&](const spec::Handler& handler) -> const spec::Task* {
    const auto at = std::ranges::find_if(handler.tasks, is_unanswered);
    return at == handler.tasks.end() ? nullptr : &*at;
  };
  for (const auto& named : *worker.handles)
    if (const auto* task = among(named.handler)) return task;
  for (const auto& tick : worker.ticks)
    if (const auto* task = among(tick.handler)) return task;
  return nullptr;
}

bool has_rule_of_its_own(const spec::Design& design, const Culprit& culprit) {
  return culprit.source->kind == CrashSource::Kind::call || is_by_task(design, culprit.child, *culprit.source);
}

bool falls_by_sharing(const spec::Design& design, const analyzer::Facts& facts, spec::NodeId supervisor) {
  const auto kind = spec::as_supervisor(design.nodes[supervisor])->kind.value;
  if (kind != spec::SupervisorKind::dynamic && kind != spec::SupervisorKind::partition) return false;
  const auto& budget = facts.budgets.of[supervisor];
  if (!fails(facts, supervisor) || !budget.tolerates.said() || !(budget.counted > 0)) return false;
  for (const auto& share : budget.shares) {
    const double alone = share.per_second / static_cast<double>(design.nodes[share.child].count.value);
    if (!(alone <= budget.tolerates.value)) return false;
  }
  return !budget.shares.empty();
}

const analyzer::Prediction* failure(const analyzer::Facts& facts, spec::NodeId supervisor) {
  const auto* probability = analyzer::find(facts, supervisor, Quantity::failure_probability);
  const auto* time = analyzer::find(facts, supervisor, Quantity::mean_time_to_failure);
  const auto is_said = [](const auto* prediction) { return prediction != nullptr && !std::isnan(prediction->value); };
  const bool sure = is_said(probability) ? probability->value >= all_but_certain : true;
  if (sure && time != nullptr && std::isfinite(time->value)) return time;
  if (is_said(probability)) return probability;
  return analyzer::find(facts, supervisor, Quantity::restart_rate);
}

bool fails(const analyzer::Facts& facts, spec::NodeId supervisor) {
  const auto& probability = facts.budgets.of[supervisor].failure_probability;
  return probability.said() && probability.value > analyzer::tolerated;
}

}  // namespace treefall::rules
