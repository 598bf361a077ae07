// Knows when two figures differ. Exact figures differ when they do (beyond rounding); figures with error bars when
// these are apart; what remains is asked of execution (confirm/paired.hpp).
#include "advice/difference.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "spec/wording.hpp"

namespace treefall::advice {

namespace {

constexpr double rounding = 1e-6;      // relative: what two ways to the same number may differ by
constexpr double below_sight = 1e-12;  // probabilities that nobody will ever see

bool said(const std::optional<analyzer::Prediction>& prediction) {
  return prediction && !std::isnan(prediction->value) && !std::isnan(prediction->low) && !std::isnan(prediction->high);
}

bool same_figure(double a, double b) {
  return a == b || std::abs(a - b) <= rounding * std::max(std::abs(a), std::abs(b));
}

Change direction(spec::Quantity quantity, double before, double after) {
  return (after < before) == less_is_better(quantity) ? Change::better : Change::worse;
}

/// Nothing where predictions do not tell.
std::optional<Change> predicted_change(const QuantityChange& pair) {
  if (!said(pair.before) || !said(pair.after)) return std::nullopt;
  const auto& [a, b] = std::pair(*pair.before, *pair.after);
  if (same_figure(a.value, b.value) && same_figure(a.low, b.low) && same_figure(a.high, b.high))
    return Change::unchanged;
  const bool probability = spec::info(pair.quantity).unit == spec::Unit::probability;
  if (probability && std::max(a.high, b.high) < below_sight) return Change::unchanged;
  const bool apart = a.high < b.low || b.high < a.low;
  const bool rounded = same_figure(a.high, b.low) || same_figure(b.high, a.low);
  if (apart && !rounded) return direction(pair.quantity, a.value, b.value);
  return std::nullopt;
}

void judge(QuantityChange& pair, const confirm::Paired& observed) {
  pair.observed = observed;
  pair.change = Change::undecided;
  pair.because = observed.because;
  if (!observed.because.empty()) return;
  const double none = observed.is_ratio ? 1 : 0;
  if (observed.low > none || observed.high < none) {
    pair.change = direction(pair.quantity, none, observed.value);
  } else if (observed.low == none && observed.high == none) {
    pair.change = Change::unchanged;
  } else {
    pair.because = "the error bars overlap, and execution does not tell the two apart";
  }
}

// ---- quantities ----------------------------------------------------------------------------------------------------

using Key = std::tuple<std::string, spec::Quantity, std::optional<spec::Duration>>;

std::optional<spec::Duration> span_of(const spec::Design& design, const analyzer::Prediction& prediction) {
  if (prediction.within || prediction.quantity != spec::Quantity::failure_probability) return prediction.within;
  return design.horizon.value;
}

Key key_of(const spec::Design& design, const analyzer::Prediction& prediction) {
  return {spec::path(design, prediction.subject), prediction.quantity, span_of(design, prediction)};
}

QuantityChange one_side(const spec::Design& design, const analyzer::Prediction& prediction, Change change) {
  QuantityChange one;
  one.process = spec::path(design, prediction.subject);
  one.copies = spec::copies(design, prediction.subject);
  one.quantity = prediction.quantity;
  one.within = span_of(design, prediction);
  one.change = change;
  return one;
}

std::vector<QuantityChange> pairs_of(const Version& before, const Version& after) {
  std::map<Key, const analyzer::Prediction*> left;
  for (const auto& prediction : after.predictions) left.try_emplace(key_of(after.design, prediction), &prediction);
  std::vector<QuantityChange> pairs;
  std::set<Key> seen;
  for (const auto& prediction : before.predictions) {
    const Key key = key_of(before.design, prediction);
    if (!seen.insert(key).second) continue;
    pairs.push_back(one_side(before.design, prediction, Change::gone));
    pairs.back().before = prediction;
    if (const auto match = left.find(key); match != left.end()) pairs.back().after = *match->second;
  }
  for (const auto& prediction : after.predictions) {
    if (!seen.insert(key_of(after.design, prediction)).second) continue;
    pairs.push_back(one_side(after.design, prediction, Change::appeared));
    pairs.back().after = prediction;
  }
  return pairs;
}

std::vector<QuantityChange> quantities_of(const Version& before, const Version& after,
                                          const confirm::PairedOptions& options, const std::atomic<bool>& stop,
                                          const std::function<void(double)>& progress) {
  std::vector<QuantityChange> pairs = pairs_of(before, after);
  std::vector<confirm::PairedClaim> claims;
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    QuantityChange& pair = pairs[i];
    if (!pair.before || !pair.after) continue;
    if (const auto change = predicted_change(pair)) {
      pair.change = *change;
      continue;
    }
    claims.push_back(
        {pair.before->subject, pair.after->subject, pair.quantity, pair.within.value_or(spec::Duration::zero())});
    asked.push_back(i);
  }
  const auto observed = confirm::compare(before.design, after.design, claims, options, stop, progress);
  for (std::size_t i = 0; i < asked.size(); ++i) judge(pairs[asked[i]], observed[i]);
  return pairs;
}

// ---- findings ------------------------------------------------------------------------------------------------------

void compare_findings(const Version& before, const Version& after, Difference& result) {
  std::set<std::string> old_ones, new_ones, ignored;
  for (const auto& finding : before.findings) old_ones.insert(finding.fingerprint);
  for (const auto& finding : after.findings) new_ones.insert(finding.fingerprint);
  for (const auto& one : after.suppressed) ignored.insert(one.finding.fingerprint);
  for (std::size_t i = 0; i < after.findings.size(); ++i)
    (old_ones.contains(after.findings[i].fingerprint) ? result.unchanged : result.appeared).push_back(i);
  for (std::size_t i = 0; i < before.findings.size(); ++i) {
    const std::string& print = before.findings[i].fingerprint;
    if (new_ones.contains(print)) continue;
    (ignored.contains(print) ? result.suppressed : result.fixed).push_back(i);
  }
}

}  // namespace

std::string_view name(Change change) {
  switch (change) {
    case Change::better:
      return "better";
    case Change::worse:
      return "worse";
    case Change::unchanged:
      return "unchanged";
    case Change::undecided:
      return "undecided";
    case Change::appeared:
      return "appeared";
    case Change::gone:
      return "gone";
  }
  return "";
}

bool less_is_better(spec::Quantity quantity) {
  switch (quantity) {
    case spec::Quantity::mean_time_to_failure:
    case spec::Quantity::availability:
    case spec::Quantity::throughput:
      return false;
    case spec::Quantity::failure_probability:
    case spec::Quantity::restart_rate:
    case spec::Quantity::crash_rate:
    case spec::Quantity::utilisation:
    case spec::Quantity::mean_wait:
    case spec::Quantity::p99_wait:
    case spec::Quantity::timeout_probability:
    case spec::Quantity::mailbox_length:
    case spec::Quantity::mailbox_growth:
    case spec::Quantity::lost_messages:
    case spec::Quantity::boot_time:
    case spec::Quantity::shutdown_time:
    case spec::Quantity::boot_failure_probability:
    case spec::Quantity::lost_per_crash:
      return true;
  }
  return true;
}

Difference difference(const Version& before, const Version& after, const confirm::PairedOptions& options,
                      const std::atomic<bool>& stop, const std::function<void(double)>& progress) {
  Difference result;
  compare_findings(before, after, result);
  result.quantities = quantities_of(before, after, options, stop, progress);
  return result;
}

}  // namespace treefall::advice
