// Words for confidence and for sensitivity; adds no number of its own.
#include "report/finding_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "spec/wording.hpp"

namespace treefall::report {

namespace {

/// `crashes.rate` of `Shop.Price`: the process by its last name, as in messages.
std::string input_text(const analyzer::Input& input) {
  std::string_view name = input.process;
  if (input.node != spec::no_node && !name.starts_with("traffic:")) name = name.substr(name.rfind('/') + 1);
  if (name.ends_with("[0]")) name.remove_suffix(3);
  return fmt::format("`{}` of `{}`", input.key, name);
}

std::string value_text(const analyzer::Input& input, double value) {
  switch (input.kind) {
    case analyzer::Input::Kind::rate:
      return spec::rate_text(value);
    case analyzer::Input::Kind::time:
      return spec::seconds_text(value);
    case analyzer::Input::Kind::probability:
      return spec::share_text(value);
    case analyzer::Input::Kind::number:
      return spec::count_text(static_cast<std::uint64_t>(std::llround(value)));
  }
  return {};
}

/// `3.84 % sooner`, `1.2 % likelier`, for one per cent more of the input.
std::string effect_text(spec::Quantity quantity, double elasticity) {
  const double change = std::expm1(elasticity * std::log1p(0.01));
  std::string_view word = change > 0 ? "more" : "less";
  if (quantity == spec::Quantity::mean_time_to_failure) word = change > 0 ? "later" : "sooner";
  if (spec::info(quantity).unit == spec::Unit::probability) word = change > 0 ? "likelier" : "less likely";
  if (spec::info(quantity).unit == spec::Unit::seconds && quantity != spec::Quantity::mean_time_to_failure)
    word = change > 0 ? "longer" : "shorter";
  return fmt::format("{} {}", spec::share_text(std::abs(change)), word);
}

std::string holds_text(const analyzer::Influence& influence) {
  const auto& held = *influence.holds;
  return fmt::format("holds {} {}{} (now {})", held.up_to ? "up to" : "from", value_text(influence.input, held.value),
                     held.up_to ? "" : " on", value_text(influence.input, influence.input.value));
}

}  // namespace

std::string most_sensitive_to(const analyzer::Finding& finding) {
  if (!finding.influences || finding.influences->empty()) return {};
  const auto& all = *finding.influences;
  const auto& greatest = all.front();
  const auto held = std::ranges::find_if(all, [](const auto& influence) { return influence.holds.has_value(); });
  const bool mended = held != all.end();
  if (!greatest.elasticity)
    return mended ? fmt::format("{} {}", input_text(held->input), holds_text(*held)) : std::string();
  std::string text = fmt::format("most sensitive to {}: 1 % more, {}", input_text(greatest.input),
                                 effect_text(finding.prediction->quantity, greatest.elasticity->value));
  if (mended && held == all.begin()) return text + "; " + holds_text(*held);
  if (mended) return text + fmt::format("; {} {}", input_text(held->input), holds_text(*held));
  return greatest.nowhere ? text + "; no value of it alone is enough" : text;
}

spec::Diagnostic as_diagnostic(const analyzer::Finding& finding) {
  spec::Diagnostic diagnostic = finding.diagnostic;
  if (auto sensitive = most_sensitive_to(finding); !sensitive.empty()) diagnostic.notes.push_back(std::move(sensitive));
  if (finding.confidence == analyzer::Confidence::heuristic)
    diagnostic.notes.emplace_back("confidence: heuristic, it depends on what the spec does not say");
  return diagnostic;
}

}  // namespace treefall::report
