// What `confirm` says as JSON: verdicts and promises, each with the witness that shows it.
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/figures.hpp"
#include "report/json.hpp"
#include "report/json_objects.hpp"
#include "spec/quantity.hpp"

namespace treefall::report::json {

namespace {

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

Json band_object(const confirm::Band& band) { return {finite_or_null(band.low), finite_or_null(band.high)}; }

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

Json confirmed_promise(const spec::Design& design, const confirm::PromiseCheck& check) {
  const spec::Promise& promise = design.promises[check.promise];
  Json object = promise_object(design, promise);
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

}  // namespace

std::string confirm(const Confirmed& confirmed, const Look&) {
  Json json = new_document();
  json["seed"] = confirmed.confirmation.seed;
  json["verdicts"] = Json::array();
  for (const auto& check : confirmed.confirmation.checks) {
    json["verdicts"].push_back(verdict_object(confirmed.design, check));
  }
  json["promises"] = Json::array();
  for (const auto& check : confirmed.confirmation.promises) {
    json["promises"].push_back(confirmed_promise(confirmed.design, check));
  }
  json["summary"] = summary(confirmed.confirmation);
  return document(json);
}

}  // namespace treefall::report::json
