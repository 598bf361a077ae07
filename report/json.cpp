// What `lint`, `predict`, `simulate` and `rules` say as JSON.
#include "report/json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "report/figures.hpp"
#include "report/json_objects.hpp"
#include "rules/documentation.hpp"
#include "spec/quantity.hpp"
#include "spec/version.hpp"

namespace treefall::report::json {

namespace {

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
  object.update(promise_object(design, promise));
  object["predicted"] = check.prediction ? prediction_object(design, *check.prediction) : Json(nullptr);
  put_margin(object, promise, check.prediction ? check.prediction->value : NAN);
  object["verdict"] = word(check.outcome);
  object["because"] = text_or_null(check.because);
  object["span"] = place(promise.span);
  return object;
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

std::string rules(const Rules& rules, const Look&) {
  Json json = new_document();
  json["rules"] = Json::array();
  for (const analyzer::Rule* rule : rules.list) json["rules"].push_back(rule_object(*rule));
  return document(json);
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
