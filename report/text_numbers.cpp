// Predictions, measurements and verdicts as tables.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "report/figures.hpp"
#include "report/glyphs.hpp"
#include "report/story.hpp"
#include "report/table.hpp"
#include "report/text.hpp"
#include "spec/quantity.hpp"
#include "spec/wording.hpp"

namespace treefall::report::text {

namespace {

/// Names for a table's first column: short where that is clear; `Session (each of 500)` where one line speaks of all.
std::vector<std::string> process_names(const spec::Design& design, const std::vector<spec::Subject>& subjects) {
  std::vector<std::string> paths;
  for (const spec::Subject& subject : subjects) paths.push_back(spec::path(design, subject));
  std::vector<std::string> names = short_names(paths);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::uint64_t alike = spec::copies(design, subjects[i]);
    names[i] = shown(names[i]);
    if (alike == 1) continue;
    if (names[i].ends_with("[0]")) names[i].erase(names[i].size() - 3);
    names[i] += " (each of " + spec::count_text(alike) + ")";
  }
  return names;
}

std::string value_or_reason(spec::Quantity quantity, double value, std::string_view if_unknown) {
  return std::isnan(value) ? std::string(if_unknown) : spec::value_text(spec::info(quantity).unit, value);
}

std::string interval(const runtime::Measurement& measurement) {
  if (std::isnan(measurement.low) || std::isnan(measurement.high)) return "never observed";
  return range_text(spec::info(measurement.quantity).unit, measurement.low, measurement.high);
}

std::string percent(double confidence) { return fmt::format("{:.6g} %", 100 * confidence); }

Style style_of(confirm::Verdict verdict) {
  switch (verdict) {
    case confirm::Verdict::confirmed:
      return Style::good;
    case confirm::Verdict::refuted:
      return Style::bad;
    case confirm::Verdict::undecided:
      return Style::warning;
    case confirm::Verdict::not_simulated:
      return Style::faint;
  }
  return Style::plain;
}

std::string in_words(confirm::Verdict verdict) {
  return verdict == confirm::Verdict::not_simulated ? "not simulated" : std::string(name(verdict));
}

std::string with_reason(std::string text, const std::string& because) {
  return because.empty() ? text : text + ": " + shown(because);
}

// ---- predict -----------------------------------------------------------------------------------------------------

std::string predictions_table(const Predicted& predicted, const Look& look) {
  std::vector<spec::Subject> subjects;
  for (const auto& one : predicted.predictions) subjects.push_back(one.subject);
  const std::vector<std::string> names = process_names(predicted.design, subjects);
  Rows rows = {{{"process", {}}, {"quantity", {}}, {"predicted", {}}, {"method", {}}, {"because", {}}}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const analyzer::Prediction& one = predicted.predictions[i];
    const bool unknown = std::isnan(one.value);
    rows.push_back(
        {{names[i], {}},
         {quantity_text(one.quantity, within_of(predicted.design, one)), {}},
         {value_or_reason(one.quantity, one.value, "cannot be said"), unknown ? Style::faint : Style::strong},
         {unknown ? "" : method_text(one), {}},
         {shown(one.because), Style::faint}});
  }
  return table(rows, look.paint);
}

std::string tolerances_table(const Predicted& predicted, const Look& look) {
  std::vector<spec::Subject> subjects;
  for (const auto& one : predicted.tolerances) subjects.emplace_back(one.supervisor);
  const std::vector<std::string> names = process_names(predicted.design, subjects);
  Rows rows = {{{"supervisor", {}}, {"tolerates", {}}, {"at once", {}}, {"for", {}}, {"because", {}}}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const analyzer::Tolerance& one = predicted.tolerances[i];
    const std::string risk = fmt::format("{} within {}", spec::share_text(one.probability),
                                         spec::seconds_text(spec::in_seconds(one.within)));
    rows.push_back({{names[i], {}},
                    {one.at_most ? spec::rate_text(*one.at_most, "crashes") : "cannot be said",
                     one.at_most ? Style::strong : Style::faint},
                    {spec::count_text(one.simultaneous), {}},
                    {one.at_most ? risk : "", {}},
                    {shown(one.because), Style::faint}});
  }
  return table(rows, look.paint);
}

// ---- confirm -----------------------------------------------------------------------------------------------------

/// What was observed on the VM and what that means; nothing where it was not asked.
void put_beam(std::vector<Cell>& row, const std::optional<confirm::OnBeam>& beam, const std::string& verdict) {
  if (!beam) return;
  row.push_back({beam->observed ? interval(*beam->observed) : "–", {}});
  row.push_back({with_reason(verdict, beam->because), style_of(beam->verdict)});
}

/// The heads of the columns of what was executed, and of their verdicts.
void put_heads(std::vector<Cell>& row, const Confirmed& confirmed) {
  const bool beam = confirmed.confirmation.beam.has_value();
  row.push_back({fmt::format("{} ({})", beam ? "simulated" : "observed", percent(confirmed.confidence)), {}});
  row.push_back({"verdict", {}});
  if (!beam) return;
  row.push_back({fmt::format("on OTP {} ({})", confirmed.confirmation.beam->otp, percent(confirmed.confidence)), {}});
  row.push_back({"verdict", {}});
}

std::string checks_table(const Confirmed& confirmed, const Look& look) {
  const auto& checks = confirmed.confirmation.checks;
  std::vector<spec::Subject> subjects;
  for (const auto& check : checks) subjects.push_back(check.predicted.subject);
  const std::vector<std::string> names = process_names(confirmed.design, subjects);
  Rows rows = {{{"process", {}}, {"quantity", {}}, {"predicted", {}}, {"method", {}}, {"band", {}}}};
  put_heads(rows.front(), confirmed);
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const confirm::Check& check = checks[i];
    rows.push_back({{names[i], {}},
                    {quantity_text(check.predicted.quantity, within_of(confirmed.design, check.predicted)), {}},
                    {value_or_reason(check.predicted.quantity, check.predicted.value, "unknown"), {}},
                    {std::isnan(check.predicted.value) ? "" : std::string(analyzer::name(check.predicted.method)), {}},
                    {band_text(spec::info(check.predicted.quantity).unit, check.band), {}},
                    {check.observed ? interval(*check.observed) : "–", {}},
                    {with_reason(in_words(check.verdict), check.because), style_of(check.verdict)}});
    put_beam(rows.back(), check.beam, check.beam ? in_words(check.beam->verdict) : "");
  }
  return table(rows, look.paint);
}

/// Outcomes that depend on what the VM leaves open, with what each order comes to.
std::string orders_table(const Confirmed& confirmed, const Look& look) {
  std::vector<spec::Subject> subjects;
  std::vector<const confirm::Check*> open;
  for (const confirm::Check& check : confirmed.confirmation.checks) {
    if (check.orders.empty()) continue;
    subjects.push_back(check.predicted.subject);
    open.push_back(&check);
  }
  if (open.empty()) return "";
  const std::vector<std::string> names = process_names(confirmed.design, subjects);
  Rows rows = {{{"process", {}}, {"quantity", {}}}};
  for (const confirm::Ordered& one : open.front()->orders) rows.front().push_back({std::string(name(one.order)), {}});
  for (std::size_t i = 0; i < open.size(); ++i) {
    const analyzer::Prediction& predicted = open[i]->predicted;
    rows.push_back({{names[i], {}}, {quantity_text(predicted.quantity, within_of(confirmed.design, predicted)), {}}});
    for (const confirm::Ordered& one : open[i]->orders)
      rows.back().push_back({value_or_reason(predicted.quantity, one.observed.value, "never observed"), {}});
  }
  return "\nit depends on the order at one instant, which the VM leaves open (random: the mean)\n" +
         table(rows, look.paint);
}

std::string promise_text(const spec::Design& design, const spec::QuantityPromise& promise) {
  return fmt::format("{}: {} {} {}", shown(spec::path(design, promise.subject)),
                     quantity_text(promise.quantity, promise.within), promise.at_most ? "at most" : "at least",
                     spec::value_text(spec::info(promise.quantity).unit, promise.bound));
}

std::string promise_text(const spec::Design& design, const spec::SurvivalPromise& promise) {
  return fmt::format("{} survives {} lasting {}", shown(spec::path(design, promise.survives)),
                     shown(design.faults[promise.fault].name), spec::seconds_text(spec::in_seconds(promise.lasting)));
}

/// A promise's verdict in its own words.
std::string promise_words(confirm::Verdict verdict) {
  switch (verdict) {
    case confirm::Verdict::confirmed:
      return "pass";
    case confirm::Verdict::refuted:
      return "fail";
    case confirm::Verdict::undecided:
    case confirm::Verdict::not_simulated:
      break;
  }
  return in_words(verdict);
}

Cell promise_verdict(const confirm::PromiseCheck& check) {
  switch (check.kept) {
    case confirm::Kept::pass:
      return {with_reason("pass", check.because), Style::good};
    case confirm::Kept::fail:
      return {with_reason("fail", check.because), Style::bad};
    case confirm::Kept::undecided:
      return {with_reason("undecided", check.because), Style::warning};
  }
  return {};
}

std::string promise_value(const confirm::PromiseCheck& check) {
  return check.observed ? value_or_reason(check.observed->quantity, check.observed->value, "never observed") : "–";
}

std::string promise_margin(const std::variant<spec::QuantityPromise, spec::SurvivalPromise>& promise,
                           const confirm::PromiseCheck& check) {
  const auto* bound = std::get_if<spec::QuantityPromise>(&promise);
  return bound != nullptr && check.observed ? margin_text(*bound, check.observed->value) : "–";
}

std::string promises_table(const Confirmed& confirmed, const Look& look) {
  Rows rows = {{{"promise", {}}, {"value", {}}, {"margin", {}}}};
  put_heads(rows.front(), confirmed);
  for (const confirm::PromiseCheck& check : confirmed.confirmation.promises) {
    const auto& promise = confirmed.design.promises[check.promise].what;
    rows.push_back({{std::visit([&](const auto& what) { return promise_text(confirmed.design, what); }, promise), {}},
                    {promise_value(check), {}},
                    {promise_margin(promise, check), {}},
                    {check.observed ? interval(*check.observed) : "–", {}},
                    promise_verdict(check)});
    put_beam(rows.back(), check.beam, check.beam ? promise_words(check.beam->verdict) : "");
  }
  return table(rows, look.paint);
}

/// `4 confirmed, 0 refuted, 0 undecided`, and how many were not simulated, if any.
std::string counted(const std::vector<confirm::Verdict>& verdicts) {
  const auto count = [&](confirm::Verdict verdict) {
    return spec::count_text(static_cast<std::uint64_t>(std::count(verdicts.begin(), verdicts.end(), verdict)));
  };
  std::string text = fmt::format("{} confirmed, {} refuted, {} undecided", count(confirm::Verdict::confirmed),
                                 count(confirm::Verdict::refuted), count(confirm::Verdict::undecided));
  const auto unseen = count(confirm::Verdict::not_simulated);
  return unseen == "0" ? text : text + fmt::format(", {} not simulated", unseen);
}

/// `on OTP 25: 3 confirmed, 0 refuted, 1 undecided · 500 replicas of 20 s, timers up to 3 ms late`.
std::string beam_summary(const confirm::Confirmation& all) {
  std::vector<confirm::Verdict> verdicts;
  for (const confirm::Check& check : all.checks)
    if (check.beam) verdicts.push_back(check.beam->verdict);
  std::string text = fmt::format("on OTP {}: {}", all.beam->otp, counted(verdicts));
  if (all.beam->replicas > 0) {
    text += fmt::format(" · {} of {}, timers up to {} late", spec::count_text(all.beam->replicas, "replica"),
                        spec::seconds_text(spec::in_seconds(all.beam->until)),
                        spec::seconds_text(spec::in_seconds(all.beam->lateness)));
  }
  return text + "\n";
}

/// `4 predictions: 4 confirmed, 0 refuted, 0 undecided · 2,600 replicas, seed 1, 1.8 s`.
std::string confirm_summary(const Confirmed& confirmed, const Look& look) {
  const confirm::Confirmation& all = confirmed.confirmation;
  std::vector<confirm::Verdict> verdicts;
  for (const confirm::Check& check : all.checks) verdicts.push_back(check.verdict);
  std::string text = fmt::format("{}: {}", spec::count_text(all.checks.size(), "prediction"), counted(verdicts));
  text += fmt::format(" · {}, seed {}", spec::count_text(all.replicas, "replica"), all.seed);
  if (look.elapsed) text += ", " + spec::seconds_text(std::chrono::duration<double>(*look.elapsed).count());
  return text + "\n" + (all.beam ? beam_summary(all) : "");
}

/// The shortest timeline that breaks each broken promise.
std::string breaches(const Confirmed& confirmed, const Look& look) {
  std::string all;
  for (const confirm::PromiseCheck& check : confirmed.confirmation.promises) {
    if (check.witness.empty()) continue;
    const auto& promise = confirmed.design.promises[check.promise].what;
    all += breach_story(std::visit([&](const auto& what) { return promise_text(confirmed.design, what); }, promise),
                        check.witness, look.paint);
  }
  return all;
}

/// Whose fall those have told.
std::vector<std::string> fallen_in_breaches(const Confirmed& confirmed) {
  std::vector<std::string> paths;
  for (const confirm::PromiseCheck& check : confirmed.confirmation.promises) {
    const auto* bound = std::get_if<spec::QuantityPromise>(&confirmed.design.promises[check.promise].what);
    if (check.witness.empty() || bound == nullptr) continue;
    const bool falls = bound->quantity == spec::Quantity::failure_probability ||
                       bound->quantity == spec::Quantity::mean_time_to_failure;
    if (falls) paths.push_back(spec::path(confirmed.design, bound->subject));
  }
  return paths;
}

/// Then a story for each that falls, those above first; not that of somebody whose fall is part of one told already.
std::string stories(const Confirmed& confirmed, const Look& look) {
  std::string all = breaches(confirmed, look);
  const std::vector<std::string> told_of = fallen_in_breaches(confirmed);
  for (const confirm::Check& check : confirmed.confirmation.checks) {
    const std::string path = spec::path(confirmed.design, check.predicted.subject);
    if (std::find(told_of.begin(), told_of.end(), path) != told_of.end()) continue;
    const std::string one = story(last_name(path), check.witness, look.paint);
    const std::string told = one.substr(std::min(one.find('\n'), one.size()));
    if (all.find(told) == std::string::npos) all += one;
  }
  return all;
}

}  // namespace

std::string predict(const Predicted& predicted, const Look& look) {
  std::string text;
  if (!predicted.predictions.empty()) text += predictions_table(predicted, look);
  if (!predicted.tolerances.empty()) {
    if (!text.empty()) text += "\n";
    text += "what each supervisor tolerates\n" + tolerances_table(predicted, look);
  }
  if (text.empty()) return "nothing to predict: no supervisor, no load\n";
  return text;
}

std::string simulate(const Simulated& simulated, const Look& look) {
  std::vector<spec::Subject> subjects;
  for (const auto& one : simulated.measurements) subjects.push_back(one.subject);
  const std::vector<std::string> names = process_names(simulated.design, subjects);
  Rows rows = {{{"process", {}},
                {"quantity", {}},
                {"observed", {}},
                {percent(simulated.confidence) + " interval", {}},
                {"samples", {}}}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const runtime::Measurement& one = simulated.measurements[i];
    rows.push_back({{names[i], {}},
                    {quantity_text(one.quantity, one.within), {}},
                    {value_or_reason(one.quantity, one.value, "never observed"), Style::strong},
                    {std::isnan(one.value) ? "" : interval(one), {}},
                    {spec::count_text(one.samples), {}}});
  }
  std::string text = names.empty() ? "" : table(rows, look.paint);
  text += fmt::format("{} of {}, seed {}, {}", spec::count_text(simulated.replicas, "replica"),
                      spec::seconds_text(spec::in_seconds(simulated.until)), simulated.seed,
                      spec::count_text(simulated.events, "event"));
  if (look.elapsed) text += " · " + spec::seconds_text(std::chrono::duration<double>(*look.elapsed).count());
  return text + "\n";
}

std::string confirm(const Confirmed& confirmed, const Look& look) {
  const confirm::Confirmation& all = confirmed.confirmation;
  std::string text;
  if (!all.checks.empty()) text += checks_table(confirmed, look) + orders_table(confirmed, look);
  if (!all.promises.empty()) {
    if (!text.empty()) text += "\n";
    text += promises_table(confirmed, look);
    text += "\n";
  }
  return text + confirm_summary(confirmed, look) + stories(confirmed, look);
}

}  // namespace treefall::report::text
