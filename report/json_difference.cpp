// The difference between two designs as JSON: findings and predictions as the other documents have them.
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/difference_words.hpp"
#include "report/json.hpp"
#include "report/json_objects.hpp"

namespace treefall::report::json {

namespace {

Json findings(const LintedFile& file, const std::vector<std::size_t>& which) {
  Json all = Json::array();
  for (const std::size_t i : which)
    all.push_back(finding_object(file.source.file(), file.design ? &*file.design : nullptr, file.findings[i]));
  return all;
}

Json observed(const confirm::Paired& paired) {
  return {{"of", paired.is_ratio ? "new / old" : "new - old"},
          {"old", finite_or_null(paired.before)},
          {"new", finite_or_null(paired.after)},
          {"value", finite_or_null(paired.value)},
          {"low", finite_or_null(paired.low)},
          {"high", finite_or_null(paired.high)},
          {"confidence", paired.confidence},
          {"correlation", finite_or_null(paired.correlation)},
          {"batches", paired.batches},
          {"replicas", paired.replicas},
          {"until", spec::in_seconds(paired.until)},
          {"because", text_or_null(paired.because)}};
}

Json predicted(const LintedFile& file, const std::optional<analyzer::Prediction>& one) {
  return one ? prediction_object(*file.design, *one) : Json(nullptr);
}

Json quantity(const Compared& compared, const advice::QuantityChange& one) {
  return {{"process", one.process},
          {"quantity", spec::name(one.quantity)},
          {"within", seconds(one.within)},
          {"unit", spec::name(spec::info(one.quantity).unit)},
          {"change", name(one.change)},
          {"old", predicted(compared.before, one.before)},
          {"new", predicted(compared.after, one.after)},
          {"observed", one.observed ? observed(*one.observed) : Json(nullptr)},
          {"because", text_or_null(one.because)}};
}

}  // namespace

std::string diff(const Compared& compared, const Look&) {
  const advice::Difference& difference = compared.difference;
  Json json{{"schema_version", 1},
            {"old", compared.before.source.file()},
            {"new", compared.after.source.file()},
            {"sentence", sentence(compared)},
            {"seed", compared.seed}};
  json["findings"] = {{"new", findings(compared.after, difference.appeared)},
                      {"fixed", findings(compared.before, difference.fixed)},
                      {"unchanged", findings(compared.after, difference.unchanged)},
                      {"newly_ignored", findings(compared.before, difference.suppressed)}};
  json["quantities"] = Json::array();
  for (const auto& one : difference.quantities) json["quantities"].push_back(quantity(compared, one));
  Json counts = Json::object();
  for (const auto change : {advice::Change::worse, advice::Change::better, advice::Change::unchanged,
                            advice::Change::undecided, advice::Change::appeared, advice::Change::gone})
    counts[std::string(name(change))] = count(difference, change);
  json["summary"] = {{"findings",
                      {{"new", difference.appeared.size()},
                       {"fixed", difference.fixed.size()},
                       {"unchanged", difference.unchanged.size()},
                       {"newly_ignored", difference.suppressed.size()}}},
                     {"quantities", std::move(counts)}};
  return document(json);
}

}  // namespace treefall::report::json
