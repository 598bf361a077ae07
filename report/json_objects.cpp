// Knows the fields of findings, predictions, measurements and promises.
#include "report/json_objects.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "report/figures.hpp"
#include "rules/documentation.hpp"
#include "spec/quantity.hpp"

namespace treefall::report::json {

namespace {

Json point(const spec::Position& position) {
  return {{"line", position.line}, {"column", position.column}, {"byte", position.byte}};
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

}  // namespace

std::string document(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json new_document() { return Json{{"schema_version", 1}}; }

Json seconds(std::optional<spec::Duration> duration) {
  return duration ? Json(spec::in_seconds(*duration)) : Json(nullptr);
}

void put_number(Json& object, const std::string& key, double value, std::string_view if_unknown) {
  if (std::isfinite(value)) {
    object[key] = value;
    return;
  }
  object[key] = nullptr;
  object[key + "_is"] = std::isnan(value) ? if_unknown : value > 0 ? "infinite" : "minus infinite";
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json place(const spec::Span& span) { return {{"start", point(span.start)}, {"end", point(span.end)}}; }

Json prediction_object(const spec::Design& design, const analyzer::Prediction& prediction) {
  const spec::QuantityInfo& quantity = spec::info(prediction.quantity);
  Json object{{"process", spec::path(design, prediction.subject)},
              {"quantity", quantity.name},
              {"within", seconds(within_of(design, prediction))}};
  put_number(object, "value", prediction.value);
  put_number(object, "low", prediction.low);
  put_number(object, "high", prediction.high);
  object["unit"] = spec::name(quantity.unit);
  // What cannot be said is the bound that says nothing: the contract knows no other word for it.
  const bool unsaid = std::isnan(prediction.value);
  object["method"] = analyzer::name(unsaid ? analyzer::Method::bound : prediction.method);
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

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

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

Json promise_object(const spec::Design& design, const spec::Promise& promise) {
  return std::visit([&](const auto& what) { return promised(design, what); }, promise.what);
}

void put_margin(Json& object, const spec::Promise& promise, double value) {
  const auto* bound = std::get_if<spec::QuantityPromise>(&promise.what);
  if (bound != nullptr) put_number(object, "margin", margin(*bound, value));
}

}  // namespace treefall::report::json
