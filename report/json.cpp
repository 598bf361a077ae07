// Knows nlohmann's ordered_json and the field names of the contract; hides both, as the other json_*.cpp do.
#include "report/json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "report/figures.hpp"
#include "rules/documentation.hpp"
#include "spec/quantity.hpp"
#include "spec/version.hpp"

namespace treefall::report::json {

namespace {

using Json = nlohmann::ordered_json;

std::string document(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json new_document() { return Json{{"schema_version", 1}}; }

Json seconds(std::optional<spec::Duration> duration) {
  return duration ? Json(spec::in_seconds(*duration)) : Json(nullptr);
}

/// `object[key] = value`; a number that JSON has no word for is null, and `KEY_is` says what it is.
void put_number(Json& object, const std::string& key, double value, std::string_view if_unknown = "unknown") {
  if (std::isfinite(value)) {
    object[key] = value;
    return;
  }
  object[key] = nullptr;
  object[key + "_is"] = std::isnan(value) ? if_unknown : value > 0 ? "infinite" : "minus infinite";
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json place(const spec::Position& position) {
  return {{"line", position.line}, {"column", position.column}, {"byte", position.byte}};
}

Json place(const spec::Span& span) { return {{"start", place(span.start)}, {"end", place(span.end)}}; }

Json prediction_object(const spec::Design& design, const analyzer::Prediction& prediction) {
  const spec::QuantityInfo& quantity = spec::info(prediction.quantity);
  Json object{{"process", spec::path(design, prediction.subject)},
              {"quantity", quantity.name},
              {"within", seconds(within_of(design, prediction))}};
  put_number(object, "value", prediction.value);
  put_number(object, "low", prediction.low);
  put_number(object, "high", prediction.high);
  object["unit"] = spec::name(quantity.unit);
  object["method"] = analyzer::name(prediction.method);
  object["because"] = prediction.because;
  return object;
}

Json measurement_object(const spec::Design& design, const runtime::Measurement& measurement) {
  const spec::QuantityInfo& quantity = spec::info(measurement.quantity);
  Json object{{"process", spec::path(design, measurement.subject)},
              {"quantity", quantity.name},
              {"within", seconds(measurement.within)}};
  put_number(object, "value", measurement.value, "never observed");
  put_number(object, "low", measurement.low, "never observed");
  put_number(object, "high", measurement.high, "never observed");
  object["confidence"] = measurement.confidence;
  object["samples"] = measurement.samples;
  object["unit"] = spec::name(quantity.unit);
  if (!measurement.splitting.empty()) object["splitting"] = measurement.splitting;
  return object;
}

std::string_view unit_of(analyzer::Input::Kind kind) {
  switch (kind) {
    case analyzer::Input::Kind::rate:
      return "per_second";
    case analyzer::Input::Kind::time:
      return "seconds";
    case analyzer::Input::Kind::probability:
      return "probability";
    case analyzer::Input::Kind::number:
      return "number";
  }
  return "";
}

Json influence_object(const analyzer::Influence& influence) {
  const analyzer::Input& input = influence.input;
  const auto& elasticity = influence.elasticity;
  const auto& holds = influence.holds;
  return {{"process", input.process},
          {"key", input.key},
          {"span", place(input.span)},
          {"value", input.value},
          {"unit", unit_of(input.kind)},
          {"elasticity", elasticity ? Json(elasticity->value) : Json(nullptr)},
          {"elasticity_error", elasticity ? Json(elasticity->error) : Json(nullptr)},
          {"holds_up_to", holds && holds->up_to ? Json(holds->value) : Json(nullptr)},
          {"holds_from", holds && !holds->up_to ? Json(holds->value) : Json(nullptr)},
          {"holds_nowhere", influence.nowhere}};
}

Json influences(const std::optional<std::vector<analyzer::Influence>>& all) {
  if (!all) return nullptr;
  Json list = Json::array();
  for (const analyzer::Influence& influence : *all) list.push_back(influence_object(influence));
  return list;
}

Json finding_object(const std::string& file, const spec::Design* design, const analyzer::Finding& finding) {
  const spec::Diagnostic& what = finding.diagnostic;
  Json labels = Json::array();
  if (!what.label.empty()) labels.push_back({{"span", place(what.span)}, {"text", what.label}});
  for (const spec::Label& label : what.labels) labels.push_back({{"span", place(label.span)}, {"text", label.text}});
  const bool has_process = design != nullptr && finding.subject;
  const bool has_prediction = design != nullptr && finding.prediction;
  return {{"rule", what.rule},
          {"severity", spec::name(what.severity)},
          {"confidence", rules::name(finding.confidence)},
          {"message", what.message},
          {"file", file},
          {"span", place(what.span)},
          {"process", has_process ? Json(spec::path(*design, *finding.subject)) : Json(nullptr)},
          {"labels", std::move(labels)},
          {"notes", what.notes},
          {"help", text_or_null(what.help)},
          {"prediction", has_prediction ? prediction_object(*design, *finding.prediction) : Json(nullptr)},
          {"sensitivity", influences(finding.influences)},
          {"fingerprint", finding.fingerprint}};
}

Json tolerance_object(const spec::Design& design, const analyzer::Tolerance& tolerance) {
  const spec::QuantityInfo& quantity = spec::info(tolerance.quantity);
  Json object{{"process", spec::path(design, tolerance.supervisor)}, {"quantity", quantity.name}};
  put_number(object, "at_most", tolerance.at_most.value_or(NAN));
  object["unit"] = spec::name(quantity.unit);
  object["probability"] = tolerance.probability;
  object["within"] = seconds(tolerance.within);
  object["simultaneous"] = tolerance.simultaneous;
  object["method"] = analyzer::name(tolerance.method);
  object["because"] = tolerance.because;
  return object;
}

// ---- confirm ----------------------------------------------------------------------------------------------------

/// A trace line is an object already; what cannot be read back (it always can) stays text.
Json trace_line(const std::string& line) {
  Json parsed = Json::parse(line, nullptr, false);
  return parsed.is_discarded() ? Json(line) : parsed;
}

Json witness(const std::vector<std::string>& lines) {
  if (lines.empty()) return nullptr;
  Json all = Json::array();
  for (const std::string& line : lines) all.push_back(trace_line(line));
  return all;
}

Json measurement_or_null(const spec::Design& design, const std::optional<runtime::Measurement>& measurement) {
  return measurement ? measurement_object(design, *measurement) : Json(nullptr);
}

Json band_object(const confirm::Band& band) {
  const auto bound = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  return {bound(band.low), bound(band.high)};
}

/// `beam`, and its verdict beside it; nothing where the VM was not asked.
void put_beam(Json& object, const spec::Design& design, const std::optional<confirm::OnBeam>& beam,
              const std::string& verdict) {
  if (!beam) return;
  object["beam"] = measurement_or_null(design, beam->observed);
  object["beam_verdict"] = verdict;
  object["beam_band"] = band_object(beam->band);
  object["beam_because"] = text_or_null(beam->because);
}

Json orders(const spec::Design& design, const std::vector<confirm::Ordered>& outcomes) {
  if (outcomes.empty()) return nullptr;
  Json all = Json::array();
  for (const confirm::Ordered& one : outcomes) {
    all.push_back({{"order", spec::name(one.order)}, {"observed", measurement_object(design, one.observed)}});
  }
  return all;
}

Json verdict_object(const spec::Design& design, const confirm::Check& check) {
  const spec::QuantityInfo& quantity = spec::info(check.predicted.quantity);
  Json object{{"rule", check.rule ? Json(*check.rule) : Json(nullptr)},
              {"process", spec::path(design, check.predicted.subject)},
              {"quantity", quantity.name},
              {"predicted", prediction_object(design, check.predicted)},
              {"observed", measurement_or_null(design, check.observed)},
              {"verdict", name(check.verdict)}};
  object["band"] = band_object(check.band);
  if (std::isinf(check.band.high)) object["band_is"] = "without upper end";
  object["because"] = text_or_null(check.because);
  put_beam(object, design, check.beam, check.beam ? std::string(name(check.beam->verdict)) : "");
  object["orders"] = orders(design, check.orders);
  object["witness"] = witness(check.witness);
  return object;
}

Json promised(const spec::Design& design, const spec::QuantityPromise& promise) {
  const spec::QuantityInfo& quantity = spec::info(promise.quantity);
  return {{"process", spec::path(design, promise.subject)},
          {"quantity", quantity.name},
          {"within", seconds(promise.within)},
          {promise.at_most ? "at_most" : "at_least", promise.bound},
          {"unit", spec::name(quantity.unit)}};
}

Json promised(const spec::Design& design, const spec::SurvivalPromise& promise) {
  return {{"process", spec::path(design, promise.survives)},
          {"fault", design.faults[promise.fault].name},
          {"lasting", seconds(promise.lasting)}};
}

/// `margin`: as a share of the bound, of the value given.
void put_margin(Json& object, const spec::Promise& promise, double value) {
  const auto* bound = std::get_if<spec::QuantityPromise>(&promise.what);
  if (bound != nullptr) put_number(object, "margin", margin(*bound, value));
}

std::string_view word(analyzer::PromiseCheck::Outcome outcome) {
  switch (outcome) {
    case analyzer::PromiseCheck::Outcome::holds:
      return name(confirm::Kept::pass);
    case analyzer::PromiseCheck::Outcome::broken:
      return name(confirm::Kept::fail);
    case analyzer::PromiseCheck::Outcome::cannot_say:
      return name(confirm::Kept::undecided);
  }
  return "";
}

/// A promise as prediction sees it.
Json linted_promise(const LintedFile& file, const analyzer::PromiseCheck& check) {
  const spec::Design& design = *file.design;
  const spec::Promise& promise = design.promises[check.promise];
  Json object{{"file", file.source.file()}};
  object.update(std::visit([&](const auto& what) { return promised(design, what); }, promise.what));
  object["predicted"] = check.prediction ? prediction_object(design, *check.prediction) : Json(nullptr);
  put_margin(object, promise, check.prediction ? check.prediction->value : NAN);
  object["verdict"] = word(check.outcome);
  object["because"] = text_or_null(check.because);
  object["span"] = place(promise.span);
  return object;
}

Json promise_object(const spec::Design& design, const confirm::PromiseCheck& check) {
  const spec::Promise& promise = design.promises[check.promise];
  Json object = std::visit([&](const auto& what) { return promised(design, what); }, promise.what);
  object["observed"] = measurement_or_null(design, check.observed);
  put_margin(object, promise, check.observed ? check.observed->value : NAN);
  object["verdict"] = name(check.kept);
  object["because"] = text_or_null(check.because);
  put_beam(object, design, check.beam, check.beam ? std::string(name(confirm::kept(check.beam->verdict))) : "");
  object["span"] = place(promise.span);
  object["witness"] = witness(check.witness);
  return object;
}

Json beam_summary(const confirm::Confirmation& confirmation) {
  Json counts{{"confirmed", 0}, {"refuted", 0}, {"undecided", 0}, {"not_simulated", 0}};
  for (const confirm::Check& check : confirmation.checks) {
    if (!check.beam) continue;
    Json& count = counts[std::string(name(check.beam->verdict))];
    count = count.get<std::uint64_t>() + 1;
  }
  const confirm::BeamRun& run = *confirmation.beam;
  counts["otp"] = run.otp;
  counts["replicas"] = run.replicas;
  counts["until"] = spec::in_seconds(run.until);
  counts["lateness"] = spec::in_seconds(run.lateness);
  return counts;
}

Json summary(const confirm::Confirmation& confirmation) {
  Json counts{{"predictions", confirmation.checks.size()},
              {"confirmed", 0},
              {"refuted", 0},
              {"undecided", 0},
              {"not_simulated", 0}};
  for (const confirm::Check& check : confirmation.checks) {
    Json& count = counts[std::string(name(check.verdict))];
    count = count.get<std::uint64_t>() + 1;
  }
  Json promises{{"pass", 0}, {"fail", 0}, {"undecided", 0}};
  for (const confirm::PromiseCheck& check : confirmation.promises) {
    Json& count = promises[std::string(name(check.kept))];
    count = count.get<std::uint64_t>() + 1;
  }
  counts["promises"] = std::move(promises);
  counts["replicas"] = confirmation.replicas;
  if (confirmation.beam) counts["beam"] = beam_summary(confirmation);
  return counts;
}

Json rule_object(const analyzer::Rule& rule) {
  return {{"rule", rule.id},
          {"severity", spec::name(rule.severity)},
          {"confidence", rules::name(rule.confidence)},
          {"group", rules::name(rule.group)},
          {"summary", rule.summary},
          {"why", rules::paragraphs(rule.why)},
          {"instead", rules::paragraphs(rule.instead)},
          {"bad", rules::example(rule.bad)},
          {"good", rules::example(rule.good)},
          {"confirmed_by", rule.confirmed_by.empty() ? Json(nullptr) : Json(rule.confirmed_by)}};
}

}  // namespace

std::string lint(const Linted& linted, const Look&) {
  Json json = new_document();
  json["tool"] = {{"name", "treefall"}, {"version", version}};
  json["findings"] = Json::array();
  for (const LintedFile& file : linted.files) {
    const spec::Design* design = file.design ? &*file.design : nullptr;
    for (const analyzer::Finding& finding : file.findings) {
      if (is_shown(linted, finding)) json["findings"].push_back(finding_object(file.source.file(), design, finding));
    }
  }
  const Tally total = tally(linted);
  json["summary"] = {{"errors", total.errors},         {"warnings", total.warnings}, {"infos", total.infos},
                     {"suppressed", total.suppressed}, {"files", total.files},       {"processes", total.processes}};
  json["promises"] = Json::array();
  for (const LintedFile& file : linted.files)
    for (const analyzer::PromiseCheck& check : file.promises) json["promises"].push_back(linted_promise(file, check));
  json["summary"]["promises"] = {
      {"pass", total.promises - total.broken - total.unsaid}, {"fail", total.broken}, {"undecided", total.unsaid}};
  return document(json);
}

std::string predict(const Predicted& predicted, const Look&) {
  Json json = new_document();
  json["predictions"] = Json::array();
  for (const auto& one : predicted.predictions) json["predictions"].push_back(prediction_object(predicted.design, one));
  json["tolerances"] = Json::array();
  for (const auto& one : predicted.tolerances) json["tolerances"].push_back(tolerance_object(predicted.design, one));
  return document(json);
}

std::string simulate(const Simulated& simulated, const Look&) {
  Json json = new_document();
  json["seed"] = simulated.seed;
  json["replicas"] = simulated.replicas;
  put_number(json, "until", spec::in_seconds(simulated.until));
  if (simulated.trouble)
    json["trouble"] = {{"replica", simulated.trouble->replica},
                       {"at", spec::in_seconds(simulated.trouble->at)},
                       {"what", simulated.trouble->what}};
  json["measurements"] = Json::array();
  for (const auto& one : simulated.measurements) {
    json["measurements"].push_back(measurement_object(simulated.design, one));
  }
  return document(json);
}

std::string confirm(const Confirmed& confirmed, const Look&) {
  Json json = new_document();
  json["seed"] = confirmed.confirmation.seed;
  json["verdicts"] = Json::array();
  for (const auto& check : confirmed.confirmation.checks) {
    json["verdicts"].push_back(verdict_object(confirmed.design, check));
  }
  json["promises"] = Json::array();
  for (const auto& check : confirmed.confirmation.promises) {
    json["promises"].push_back(promise_object(confirmed.design, check));
  }
  json["summary"] = summary(confirmed.confirmation);
  return document(json);
}

std::string rules(const Rules& rules, const Look&) {
  Json json = new_document();
  json["rules"] = Json::array();
  for (const analyzer::Rule* rule : rules.list) json["rules"].push_back(rule_object(*rule));
  return document(json);
}

std::string finding(const LintedFile& file, const analyzer::Finding& finding) {
  const spec::Design* design = file.design ? &*file.design : nullptr;
  return document(finding_object(file.source.file(), design, finding));
}

std::string prediction(const spec::Design& design, const analyzer::Prediction& prediction) {
  return document(prediction_object(design, prediction));
}

std::string broken(const Broken& broken, const Look&) {
  Json json = new_document();
  json["findings"] = Json::array();
  for (const analyzer::Finding& finding : analyzer::as_findings(broken.diagnostics)) {
    json["findings"].push_back(finding_object(broken.source.file(), nullptr, finding));
  }
  return document(json);
}

}  // namespace treefall::report::json
