// The JSON contract: every object has exactly the fields of docs/commands.md, whatever stands in them.
#include "report/json.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "places.hpp"
#include "spec/read.hpp"

using namespace treefall;
using nlohmann::json;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
const report::Look look{};

const spec::Source source("shop.yaml",
                          "treefall: 1\n"
                          "faults: {outage: {every: exp(1h), lasts: 5s}}\n"
                          "tree:\n"
                          "  supervisor: Top\n"
                          "  children:\n"
                          "    - {worker: A, count: 3}\n"
                          "    - {worker: B}\n"
                          "expect:\n"
                          "  - {process: Top, quantity: failure_probability, within: 30d, at_most: 0.1%}\n"
                          "  - {fault: outage, lasting: 60s, survives: Top}\n");

spec::Design design() {
  auto reading = spec::read(source);
  REQUIRE(reading.design);
  return std::move(*reading.design);
}

spec::Target target(spec::NodeId node) {
  spec::Target target;
  target.node = node;
  return target;
}

analyzer::Prediction prediction(double value, double low, double high) {
  return {target(0),
          spec::Quantity::mean_time_to_failure,
          {},
          value,
          low,
          high,
          analyzer::Method::bound,
          "because of the numbers"};
}

runtime::Measurement measurement(double value) {
  return {target(1), spec::Quantity::mean_wait, {}, value, value, value, 0.95, 7};
}

analyzer::Finding finding() {
  analyzer::Finding finding;
  finding.diagnostic = {"cascade-probability",
                        spec::Severity::error,
                        "`Top` will give up",
                        tests::at(source, "supervisor: Top"),
                        "here",
                        {{tests::at(source, "worker: A"), "and here"}},
                        {"a fact"},
                        "a change"};
  finding.subject = target(0);
  finding.prediction = prediction(87.3, 87, 88);
  finding.fingerprint = "0123456789abcdef";
  return finding;
}

std::set<std::string> keys(const json& object) {
  std::set<std::string> names;
  for (const auto& [key, value] : object.items()) names.insert(key);
  return names;
}

const std::set<std::string> finding_keys = {"rule",       "severity",    "confidence", "message", "file",
                                            "span",       "process",     "labels",     "notes",   "help",
                                            "prediction", "sensitivity", "fingerprint"};
const std::set<std::string> prediction_keys = {"process", "quantity", "within", "value",  "low",
                                               "high",    "unit",     "method", "because"};
const std::set<std::string> measurement_keys = {"process", "quantity",   "within",  "value", "low",
                                                "high",    "confidence", "samples", "unit"};

}  // namespace

TEST_CASE("lint has the fields of the contract") {
  report::Linted linted;
  linted.files.push_back({source, design(), {finding()}, {{finding(), "known"}}});
  const json result = json::parse(report::json::lint(linted, look));
  CHECK(keys(result) == std::set<std::string>{"schema_version", "tool", "findings", "promises", "summary"});
  CHECK(result["schema_version"] == 1);
  CHECK(result["tool"] == json{{"name", "treefall"}, {"version", TREEFALL_VERSION}});
  CHECK(result["summary"] == json{{"errors", 1},
                                  {"warnings", 0},
                                  {"infos", 0},
                                  {"suppressed", 1},
                                  {"files", 1},
                                  {"processes", 5},
                                  {"promises", {{"pass", 0}, {"fail", 0}, {"undecided", 0}}}});
  REQUIRE(result["findings"].size() == 1);
  const json& one = result["findings"][0];
  CHECK(keys(one) == finding_keys);
  CHECK(keys(one["prediction"]) == prediction_keys);
  CHECK(one["rule"] == "cascade-probability");
  CHECK(one["severity"] == "error");
  CHECK(one["confidence"] == "model-based");
  CHECK(one["file"] == "shop.yaml");
  CHECK(one["process"] == "Top");
  CHECK(one["span"]["start"] == json{{"line", 4}, {"column", 3}, {"byte", 66}});
  CHECK(one["span"]["end"] == json{{"line", 4}, {"column", 18}, {"byte", 81}});
  CHECK(one["labels"].size() == 2);
  CHECK(one["labels"][1]["text"] == "and here");
  CHECK(keys(one["labels"][1]) == std::set<std::string>{"span", "text"});
  CHECK(one["notes"] == json{"a fact"});
  CHECK(one["help"] == "a change");
  CHECK(one["prediction"]["unit"] == "seconds");
  CHECK(one["prediction"]["method"] == "bound");
}

TEST_CASE("a text that is no design has its mistakes as findings without a process") {
  const spec::Source wrong("wrong.yaml", "treefall: 1\ntree: {supervisr: A}\n");
  report::Linted linted;
  report::LintedFile file{wrong, std::nullopt, {}, {}};
  for (auto& diagnostic : spec::read(wrong).diagnostics) {
    file.findings.push_back({diagnostic, analyzer::Confidence::proved, {}, {}, {}});
  }
  REQUIRE_FALSE(file.findings.empty());
  linted.files.push_back(std::move(file));
  const json result = json::parse(report::json::lint(linted, look));
  for (const json& one : result["findings"]) {
    CHECK(keys(one) == finding_keys);
    CHECK(one["process"].is_null());
    CHECK(one["prediction"].is_null());
    CHECK(one["confidence"] == "proved");
  }
}

TEST_CASE("findings below the least severity are counted and not listed") {
  report::Linted linted;
  linted.min_severity = spec::Severity::error;
  analyzer::Finding mild = finding();
  mild.diagnostic.severity = spec::Severity::warning;
  linted.files.push_back({source, design(), {finding(), mild}, {}});
  const json result = json::parse(report::json::lint(linted, look));
  CHECK(result["findings"].size() == 1);
  CHECK(result["summary"]["warnings"] == 1);
}

TEST_CASE("a number that JSON has no word for is null with the reason beside it") {
  const spec::Design shop = design();
  const std::vector<analyzer::Prediction> predictions = {prediction(infinity, 5, infinity),
                                                         prediction(unknown, unknown, unknown)};
  analyzer::Tolerance tolerance{target(0), spec::Quantity::crash_rate, {}, 2,
                                0.001,     shop.horizon.value,         {}, "no number of children known"};
  const json result = json::parse(report::json::predict({shop, predictions, {tolerance}}, look));
  CHECK(keys(result) == std::set<std::string>{"schema_version", "predictions", "tolerances"});
  CHECK(result["predictions"][0]["value"].is_null());
  CHECK(result["predictions"][0]["value_is"] == "infinite");
  CHECK(result["predictions"][0]["low"] == 5.0);
  CHECK_FALSE(result["predictions"][0].contains("low_is"));
  CHECK(result["predictions"][1]["value_is"] == "unknown");
  CHECK(result["predictions"][1]["because"] == "because of the numbers");
  CHECK(result["tolerances"][0]["at_most"].is_null());
  CHECK(result["tolerances"][0]["at_most_is"] == "unknown");
  CHECK(result["tolerances"][0]["simultaneous"] == 2);
  CHECK(result["tolerances"][0]["process"] == "Top");
}

TEST_CASE("lint has every promise with bound, prediction, margin and verdict") {
  using Outcome = analyzer::PromiseCheck::Outcome;
  report::Linted linted;
  linted.files.push_back({source, design(), {}, {}});
  linted.files.front().promises = {{0, Outcome::holds, prediction(0.0004, 0.0003, 0.0005), "said"},
                                   {1, Outcome::cannot_say, std::nullopt, "nothing is known"}};
  const json result = json::parse(report::json::lint(linted, look));
  const json& promises = result["promises"];
  REQUIRE(promises.size() == 2);
  CHECK(keys(promises[0]) == std::set<std::string>{"file", "process", "quantity", "within", "at_most", "unit",
                                                   "predicted", "margin", "verdict", "because", "span"});
  CHECK(promises[0]["margin"].get<double>() == Approx(0.6));
  CHECK(promises[0]["verdict"] == "pass");
  CHECK(promises[1]["fault"] == "outage");
  CHECK(promises[1]["predicted"].is_null());
  CHECK(promises[1]["verdict"] == "undecided");
  CHECK(result["summary"]["promises"] == json{{"pass", 1}, {"fail", 0}, {"undecided", 1}});
}

TEST_CASE("simulate has the fields of the contract") {
  const spec::Design shop = design();
  report::Simulated simulated{
      shop, 7, 100, 12345, std::chrono::hours(1), 0.95, {measurement(0.25), measurement(unknown)}};
  const json result = json::parse(report::json::simulate(simulated, look));
  CHECK(keys(result) == std::set<std::string>{"schema_version", "seed", "replicas", "until", "measurements"});
  CHECK(result["seed"] == 7);
  CHECK(result["until"] == 3600.0);
  CHECK(keys(result["measurements"][0]) == measurement_keys);
  CHECK(result["measurements"][0]["process"] == "Top/A[0]");
  CHECK(result["measurements"][0]["unit"] == "seconds");
  CHECK(result["measurements"][1]["value"].is_null());
  CHECK(result["measurements"][1]["value_is"] == "never observed");
}

TEST_CASE("confirm has the fields of the contract") {
  const spec::Design shop = design();
  confirm::Confirmation confirmation;
  confirmation.seed = 3;
  confirmation.replicas = 9;
  confirm::Check confirmed;
  confirmed.rule = "cascade-probability";
  confirmed.predicted = prediction(87, 86, 88);
  confirmed.observed = measurement(87);
  confirmed.verdict = confirm::Verdict::confirmed;
  confirmed.band = {80, infinity};
  confirmed.witness = {R"({"treefall_trace": 1, "seed": 3})", R"({"t_ns": 5, "event": "gave_up", "process": "Top"})"};
  confirm::Check unseen;
  unseen.predicted = prediction(1, 1, 1);
  unseen.verdict = confirm::Verdict::not_simulated;
  unseen.because = "no such thing";
  confirmation.checks = {confirmed, unseen};
  confirmation.promises = {{0, measurement(0.5), confirm::Kept::fail, "", {}},
                           {1, {}, confirm::Kept::undecided, "budget", {}}};

  const json result = json::parse(report::json::confirm({shop, confirmation, 0.95}, look));
  CHECK(keys(result) == std::set<std::string>{"schema_version", "seed", "verdicts", "promises", "summary"});
  const json& first = result["verdicts"][0];
  CHECK(first["rule"] == "cascade-probability");
  CHECK(keys(first["predicted"]) == prediction_keys);
  CHECK(keys(first["observed"]) == measurement_keys);
  CHECK(first["verdict"] == "confirmed");
  CHECK(first["band"][0] == 80.0);
  CHECK(first["band"][1].is_null());
  CHECK(first["band_is"] == "without upper end");
  CHECK(first["witness"][1]["event"] == "gave_up");
  const json& second = result["verdicts"][1];
  for (const char* key : {"rule", "observed", "witness"}) CHECK(second[key].is_null());
  CHECK(second["verdict"] == "not_simulated");
  CHECK(second["because"] == "no such thing");
  CHECK(result["promises"][0]["quantity"] == "failure_probability");
  CHECK(result["promises"][0]["within"] == 30 * 86400.0);
  CHECK(result["promises"][0]["at_most"] == 0.001);
  CHECK(result["promises"][0]["verdict"] == "fail");
  CHECK(result["promises"][0]["margin"].get<double>() == Approx(-499));
  CHECK(result["promises"][0]["witness"].is_null());
  CHECK(result["promises"][1]["fault"] == "outage");
  CHECK(result["promises"][1]["lasting"] == 60.0);
  CHECK(result["promises"][1]["verdict"] == "undecided");
  CHECK(result["summary"]["confirmed"] == 1);
  CHECK(result["summary"]["not_simulated"] == 1);
  CHECK(result["summary"]["promises"]["fail"] == 1);
}

TEST_CASE("odd bytes in names and messages never throw and stay valid JSON") {
  analyzer::Finding odd = finding();
  odd.diagnostic.message = "\xff\xfe \x01 \"quoted\" \\ \xed\xa0\x80";
  odd.diagnostic.notes = {std::string("nul \0 byte", 10)};
  report::Linted linted;
  linted.files.push_back({spec::Source("\xc3.yaml", "\xff"), std::nullopt, {odd}, {}});
  const std::string text = report::json::lint(linted, look);
  const json result = json::parse(text);
  CHECK(result["findings"][0]["message"].get<std::string>().find("\"quoted\" \\") != std::string::npos);
  CHECK(result["findings"][0]["notes"][0].get<std::string>().size() == 10);
}
