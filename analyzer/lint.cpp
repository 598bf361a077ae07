// Runs the rules, then: equal findings merged, order fixed, fingerprints given, suppressions applied.
#include "analyzer/lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "analyzer/facts.hpp"
#include "spec/nearest.hpp"
#include "spec/wording.hpp"

namespace treefall::analyzer {
namespace {

// ---- promises -----------------------------------------------------------------------------------------------------

std::string wording_of(const spec::Design& design, const spec::Promise& promise) {
  if (const auto* survival = std::get_if<spec::SurvivalPromise>(&promise.what))
    return fmt::format("`{}` does not survive `{}` lasting {}", design.nodes[survival->survives.node].name,
                       design.faults[survival->fault].name, spec::seconds_text(spec::in_seconds(survival->lasting)));
  const auto& bound = std::get<spec::QuantityPromise>(promise.what);
  const auto& quantity = spec::info(bound.quantity);
  const auto within =
      bound.within ? fmt::format(" within {}", spec::seconds_text(spec::in_seconds(*bound.within))) : "";
  return fmt::format("`{}` breaks its promise of {} {} {}{}", spec::path(design, bound.subject), quantity.label,
                     bound.at_most ? "at most" : "at least", spec::value_text(quantity.unit, bound.bound), within);
}

/// The least that breaks it: so many restarts so close together.
std::string shortest_way(const spec::Design& design, const Facts& facts, const PromiseCheck& check) {
  const auto* target = std::get_if<spec::Target>(&check.prediction->subject);
  const bool falls = check.prediction->quantity == spec::Quantity::failure_probability ||
                     check.prediction->quantity == spec::Quantity::mean_time_to_failure;
  if (!falls || target == nullptr || spec::as_supervisor(design.nodes[target->node]) == nullptr) return "";
  const Budget& budget = facts.budgets.of[target->node];
  std::string text = fmt::format("it takes {} within {} s", spec::count_text(budget.window.restarts + 1, "restart"),
                                 spec::count_text(budget.window.seconds));
  const Share* most = nullptr;
  for (const Share& share : budget.shares)
    if (most == nullptr || share.per_second > most->per_second) most = &share;
  if (most == nullptr || !(most->per_second > 0) || std::isinf(most->per_second)) return text;
  return text +
         fmt::format("; `{}` brings {}", design.nodes[most->child].name, spec::rate_text(most->per_second, "restarts"));
}

/// `fail: predicted 12 % … 14 %, promised at most 0.1 %`.
std::string verdict_on(const spec::QuantityPromise& promise, const Prediction& prediction) {
  const auto unit = spec::info(promise.quantity).unit;
  const auto low = spec::value_text(unit, prediction.low), high = spec::value_text(unit, prediction.high);
  const double times = prediction.value / promise.bound;
  const auto ratio =
      std::isfinite(times) && times > 0 ? fmt::format(", {} times the bound", spec::number_text(times)) : "";
  return fmt::format("fail: {}{} ({}) against {} {}{}", low, low == high ? "" : " … " + high, name(prediction.method),
                     promise.at_most ? "at most" : "at least", spec::value_text(unit, promise.bound), ratio);
}

Finding broken(const spec::Design& design, const Facts& facts, const PromiseCheck& check) {
  const auto& promise = design.promises[check.promise];
  Finding finding;
  if (check.prediction) finding.subject = check.prediction->subject;
  finding.prediction = check.prediction;
  if (const auto* survival = std::get_if<spec::SurvivalPromise>(&promise.what)) {
    finding.subject = survival->survives;
    finding.of_one_outage = true;
  }
  auto& what = finding.diagnostic;
  what.rule = promise_broken;
  what.severity = spec::Severity::error;
  what.span = promise.span;
  what.message = wording_of(design, promise);
  if (check.prediction)
    what.label = fmt::format("predicted: {}",
                             spec::value_text(spec::info(check.prediction->quantity).unit, check.prediction->value));
  const auto* bound = std::get_if<spec::QuantityPromise>(&promise.what);
  const bool said = bound != nullptr && check.prediction;
  if (said) what.notes.push_back(verdict_on(*bound, *check.prediction));
  what.notes.push_back(check.because);
  if (const auto way = said ? shortest_way(design, facts, check) : std::string(); !way.empty())
    what.notes.push_back(way);
  what.help = "change the design until the prediction keeps the promise, or promise less";
  return finding;
}

std::vector<Finding> broken_promises(const spec::Design& design, const Facts& facts) {
  std::vector<Finding> findings;
  for (const auto& check : facts.promises)
    if (check.outcome == PromiseCheck::Outcome::broken) findings.push_back(broken(design, facts, check));
  return findings;
}

std::vector<Finding> run(const spec::Design& design, const Facts& facts, std::span<const Rule* const> rules) {
  std::vector<Finding> findings;
  for (const Rule* rule : rules) std::ranges::move(rule->check(design, facts), std::back_inserter(findings));
  std::ranges::move(broken_promises(design, facts), std::back_inserter(findings));
  return findings;
}

std::optional<spec::Quantity> quantity_of(const Finding& finding) {
  return finding.prediction ? std::optional(finding.prediction->quantity) : std::nullopt;
}

auto order_of(const Finding& finding) {
  const auto& what = finding.diagnostic;
  return std::make_tuple(what.span.start.byte, std::string_view(what.rule), what.span.end.byte, quantity_of(finding),
                         std::string_view(what.message));
}

void sort_by_place(std::vector<Finding>& findings) { std::ranges::stable_sort(findings, {}, order_of); }

std::string process_of(const spec::Design& design, const Finding& finding) {
  return finding.subject ? spec::path(design, *finding.subject) : std::string();
}

// ---- one cause, one finding --------------------------------------------------------------------------------------

bool same_claim(const Finding& a, const Finding& b) {
  return a.diagnostic.rule == b.diagnostic.rule && a.diagnostic.span == b.diagnostic.span &&
         quantity_of(a) == quantity_of(b);
}

/// The processes that equal findings are about, beside that of the first: `A`, `B` and 3 more. Empty: the same one.
std::string other_processes(const spec::Design& design, std::span<const Finding> equal) {
  constexpr std::size_t named = 3;
  std::set<std::string> seen = {process_of(design, equal.front())};
  std::string names;
  for (const auto& finding : equal) {
    const auto process = process_of(design, finding);
    if (seen.insert(process).second && seen.size() <= named + 1)
      names += fmt::format("{}`{}`", names.empty() ? "" : ", ", process);
  }
  if (seen.size() > named + 1) names += fmt::format(" and {} more", spec::count_text(seen.size() - named - 1));
  return names;
}

/// What one place of the text says of several processes (an anchor used again) is said once, with their names.
std::vector<Finding> merge_equal(const spec::Design& design, std::vector<Finding> findings) {
  std::vector<Finding> merged;
  for (auto at = findings.begin(); at != findings.end();) {
    const auto end = std::find_if_not(at, findings.end(), [&](const Finding& f) { return same_claim(*at, f); });
    const auto names = other_processes(design, {at, end});
    merged.push_back(std::move(*at));
    if (!names.empty()) merged.back().diagnostic.notes.push_back("the same holds for " + names);
    at = end;
  }
  return merged;
}

// ---- fingerprints --------------------------------------------------------------------------------------------------

/// FNV-1a, 64 bit.
std::uint64_t hash(std::string_view text, std::uint64_t state = 0xcbf29ce484222325) {
  for (const char c : text) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return state;
}

/// The names a message speaks of: what stands between backticks. Numbers may change without it being another finding.
std::string names_in(std::string_view message) {
  std::string names;
  bool inside = false;
  for (const char c : message) {
    if (c == '`') inside = !inside;
    if (inside || c == '`') names += c;
  }
  return names;
}

/// Of rule, process, quantity and names, never of lines; equal ones are numbered in order.
void give_fingerprints(const spec::Design& design, std::vector<Finding>& findings) {
  std::map<std::uint64_t, int> seen;
  for (auto& finding : findings) {
    const auto key = fmt::format("{}\n{}\n{}\n{}", finding.diagnostic.rule, process_of(design, finding),
                                 finding.prediction ? spec::name(finding.prediction->quantity) : "",
                                 names_in(finding.diagnostic.message));
    const auto value = hash(key);
    const int earlier = seen[value]++;
    finding.fingerprint = fmt::format("{:016x}", earlier == 0 ? value : hash(fmt::format("#{}", earlier), value));
  }
}

// ---- suppressions --------------------------------------------------------------------------------------------------

/// The suppressions of a design, opened and closed in the order of the text. Scopes are nodes of one YAML text, so of
/// two either lies inside the other or they are apart: the open ones are a stack.
class Ignores {
 public:
  explicit Ignores(const std::vector<spec::Suppression>& all) : all_(all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      waiting_.push_back(i);
      used_.emplace_back(all[i].rules.size(), false);
    }
    std::ranges::stable_sort(waiting_, {}, [&](std::size_t i) {
      return std::pair(all[i].scope.start.byte, -static_cast<std::int64_t>(all[i].scope.end.byte));
    });
  }

  /// The innermost suppression that names this finding's rule. Findings come in the order of their places.
  const spec::Suppression* of(const Finding& finding) {
    const auto at = finding.diagnostic.span.start.byte;
    while (next_ < waiting_.size() && all_[waiting_[next_]].scope.start.byte <= at) {
      close_before(all_[waiting_[next_]].scope.start.byte);
      open_.push_back(waiting_[next_++]);
    }
    close_before(at);
    for (auto i = open_.rbegin(); i != open_.rend(); ++i) {
      const auto& rules = all_[*i].rules;
      const auto named = std::ranges::find(rules, finding.diagnostic.rule);
      if (named == rules.end()) continue;
      used_[*i][static_cast<std::size_t>(named - rules.begin())] = true;
      return &all_[*i];
    }
    return nullptr;
  }

  bool used(std::size_t suppression, std::size_t rule) const { return used_[suppression][rule]; }

 private:
  void close_before(std::uint32_t byte) {
    while (!open_.empty() && all_[open_.back()].scope.end.byte <= byte) open_.pop_back();
  }

  const std::vector<spec::Suppression>& all_;
  std::vector<std::size_t> waiting_;  // by start, the outer of two first
  std::vector<std::vector<bool>> used_;
  std::vector<std::size_t> open_;
  std::size_t next_ = 0;
};

Finding useless(const spec::Suppression& suppression, const std::string& name,
                std::span<const std::string_view> known) {
  Finding finding;
  finding.confidence = Confidence::proved;
  auto& what = finding.diagnostic;
  what.rule = unused_ignore;
  what.severity = spec::Severity::warning;
  what.span = suppression.comment;
  if (std::ranges::find(known, name) != known.end()) {
    what.message = fmt::format("this ignore of `{}` suppresses nothing", name);
    what.label = "no such finding here";
    what.help = "delete the comment, or put it on the node that the finding starts in";
    return finding;
  }
  what.message = fmt::format("`{}` is no rule, so this ignore suppresses nothing", name);
  const auto meant = spec::nearest(name, known);
  what.label = meant ? fmt::format("did you mean `{}`?", *meant) : "no rule of this name";
  what.help = "`treefall rules` lists the rules";
  return finding;
}

std::vector<Finding> useless_ignores(const spec::Design& design, const Ignores& ignores,
                                     std::span<const Rule* const> rules) {
  std::vector<std::string_view> known = {promise_broken, unused_ignore};
  for (const Rule* rule : rules) known.push_back(rule->id);
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < design.suppressions.size(); ++i)
    for (std::size_t j = 0; j < design.suppressions[i].rules.size(); ++j)
      if (!ignores.used(i, j))
        findings.push_back(useless(design.suppressions[i], design.suppressions[i].rules[j], known));
  return findings;
}

}  // namespace

Linting lint(const spec::Design& design, const Facts& facts, std::span<const Rule* const> rules, Profile profile) {
  auto found = run(design, facts, rules);
  sort_by_place(found);
  found = merge_equal(design, std::move(found));
  give_fingerprints(design, found);

  Linting result;
  Ignores ignores(design.suppressions);
  for (auto& finding : found) {
    if (const auto* suppression = ignores.of(finding))
      result.suppressed.push_back({std::move(finding), suppression->reason});
    else if (finding.profile <= profile)
      result.findings.push_back(std::move(finding));
  }
  auto useless = useless_ignores(design, ignores, rules);
  give_fingerprints(design, useless);
  std::ranges::move(useless, std::back_inserter(result.findings));
  sort_by_place(result.findings);
  return result;
}

std::vector<Finding> as_findings(std::vector<spec::Diagnostic> diagnostics) {
  std::vector<Finding> findings;
  for (auto& diagnostic : diagnostics) {
    findings.emplace_back();
    findings.back().diagnostic = std::move(diagnostic);
    findings.back().confidence = Confidence::proved;
  }
  give_fingerprints(spec::Design{}, findings);
  return findings;
}

}  // namespace treefall::analyzer
