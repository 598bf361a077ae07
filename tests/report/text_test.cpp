#include "report/text.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "places.hpp"
#include "spec/read.hpp"

using namespace treefall;
using namespace std::chrono_literals;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
const report::Look plain{};

const spec::Source source("shop.yaml",
                          "treefall: 1\n"
                          "tree:\n"
                          "  supervisor: Top\n"
                          "  children:\n"
                          "    - {worker: Session, count: 500}\n"
                          "expect:\n"
                          "  - {process: Top, quantity: failure_probability, within: 30d, at_most: 0.1%}\n");

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

analyzer::Finding finding(spec::Severity severity) {
  analyzer::Finding finding;
  finding.diagnostic = {"some-rule", severity, "something is wrong", tests::at(source, "Top"), "", {}, {}, ""};
  return finding;
}

analyzer::Prediction prediction(spec::NodeId node, spec::Quantity quantity, double value, double low, double high,
                                analyzer::Method method) {
  return {target(node), quantity, {}, value, low, high, method, "because"};
}

std::string last_line(const std::string& text) {
  const std::size_t before = text.rfind('\n', text.size() - 2);
  return text.substr(before == std::string::npos ? 0 : before + 1);
}

}  // namespace

TEST_CASE("the last line of lint hides nothing") {
  using spec::Severity;
  report::Linted linted;
  linted.files.push_back({source, design(), {}, {}});
  const auto summary = [&](const report::Look& look) { return last_line(report::text::lint(linted, look)); };
  CHECK(report::text::lint(linted, plain) == "no findings in 1 file, 501 processes\n");

  auto& file = linted.files.front();
  file.findings = {finding(Severity::error), finding(Severity::error), finding(Severity::warning)};
  CHECK(summary(plain) == "2 errors, 1 warning in 1 file, 501 processes\n");
  file.suppressed = {{finding(Severity::error), "known"}};
  file.findings.push_back(finding(Severity::hint));
  CHECK(summary(plain) == "2 errors, 1 warning, 1 info in 1 file, 501 processes (1 suppressed)\n");
  linted.min_severity = Severity::warning;
  CHECK(summary(plain) ==
        "2 errors, 1 warning, 1 info in 1 file, 501 processes (1 suppressed, 1 below --min-severity not shown)\n");
  CHECK(summary({{}, 4ms}) ==
        "2 errors, 1 warning, 1 info in 1 file, 501 processes (1 suppressed, 1 below --min-severity not shown)"
        " · 4 ms\n");
}

TEST_CASE("the last line of lint counts promises by their verdict") {
  using Outcome = analyzer::PromiseCheck::Outcome;
  report::Linted linted;
  linted.files.push_back({source, design(), {}, {}});
  linted.files.front().promises = {{0, Outcome::holds, {}, ""}, {0, Outcome::broken, {}, ""}};
  CHECK(report::text::lint(linted, plain) == "no findings in 1 file, 501 processes · 2 promises: 1 pass, 1 fail\n");
  linted.files.front().promises.push_back({0, Outcome::cannot_say, {}, ""});
  CHECK(
      report::text::lint(linted, plain) ==
      "no findings in 1 file, 501 processes · 3 promises: 1 pass, 1 fail, 1 undecided (`treefall confirm` executes)\n");
}

TEST_CASE("how sure a finding is stands with it where it is a guess") {
  report::Linted linted;
  linted.files.push_back({source, design(), {finding(spec::Severity::warning)}, {}});
  CHECK(report::text::lint(linted, plain).find("confidence") == std::string::npos);
  linted.files.front().findings.front().confidence = analyzer::Confidence::heuristic;
  CHECK(report::text::lint(linted, plain).find("= confidence: heuristic") != std::string::npos);
}

TEST_CASE("predictions are a table with units, methods and reasons") {
  const spec::Design shop = design();
  const std::vector<analyzer::Prediction> predictions = {
      prediction(0, spec::Quantity::mean_time_to_failure, 87.3, 87.3, 87.3, analyzer::Method::exact),
      prediction(1, spec::Quantity::utilisation, 0.72, 0.72, 0.72, analyzer::Method::exact),
      prediction(1, spec::Quantity::mean_wait, unknown, unknown, unknown, analyzer::Method::bound),
      prediction(0, spec::Quantity::mean_time_to_failure, infinity, 5, infinity, analyzer::Method::bound)};
  const std::vector<analyzer::Tolerance> tolerances = {
      {target(0), spec::Quantity::crash_rate, 1.2e-3, 3, 0.001, 24h, analyzer::Method::exact, "the budget"}};
  CHECK(report::text::predict({shop, predictions, tolerances}, plain) ==
        "  process                quantity              predicted       method       because\n"
        "  Top                    mean time to failure  1 min 27 s      exact        because\n"
        "  Session (each of 500)  utilisation           72 %            exact        because\n"
        "  Session (each of 500)  mean wait             cannot be said               because\n"
        "  Top                    mean time to failure  never           bound ≥ 5 s  because\n"
        "\n"
        "what each supervisor tolerates\n"
        "  supervisor  tolerates       at once  for                 because\n"
        "  Top         4.32 crashes/h  3        0.1 % within 1 day  the budget\n");
  CHECK(report::text::predict({shop, {}, {}}, plain) == "nothing to predict: no supervisor, no load\n");
}

TEST_CASE("verdicts and promises stand in tables, then the sum, then the story") {
  const spec::Design shop = design();
  confirm::Confirmation confirmation;
  confirmation.replicas = 2600;
  confirm::Check check;
  check.predicted = prediction(0, spec::Quantity::mean_time_to_failure, 87.3, 87.3, 87.3, analyzer::Method::exact);
  check.observed =
      runtime::Measurement{target(0), spec::Quantity::mean_time_to_failure, {}, 87, 86.2, 88.1, 0.95, 2600};
  check.verdict = confirm::Verdict::confirmed;
  check.band = {79.4, 96};
  check.witness = {R"({"treefall_trace": 1, "seed": 1})",
                   R"({"t_ns": 1500000000, "event": "exited", "process": "Top/Session[4]", "reason": "crash:error"})",
                   R"({"t_ns": 1500000000, "event": "gave_up", "process": "Top", "intensity": 3, "period_s": 5})"};
  confirm::Check unseen = check;
  unseen.observed.reset();
  unseen.verdict = confirm::Verdict::not_simulated;
  unseen.because = "too rare";
  confirmation.checks = {check, unseen};
  confirmation.promises = {{0, {}, confirm::Kept::fail, "", {}}};
  CHECK(
      report::text::confirm({shop, confirmation, 0.95}, plain) ==
      "  process  quantity              predicted   method  band                     observed (95 %)          verdict\n"
      "  Top      mean time to failure  1 min 27 s  exact   1 min 19 s … 1 min 36 s  1 min 26 s … 1 min 28 s  "
      "confirmed\n"
      "  Top      mean time to failure  1 min 27 s  exact   1 min 19 s … 1 min 36 s  –                        not "
      "simulated: too rare\n"
      "\n"
      "  promise                                                value  margin  observed (95 %)  verdict\n"
      "  Top: failure probability within 30 days at most 0.1 %  –      –       –                fail\n"
      "\n"
      "2 predictions: 1 confirmed, 0 refuted, 0 undecided, 1 not simulated · 2,600 replicas, seed 1\n"
      "how it falls: Top (seed 1)\n"
      "  00:00:01.500  Session[4] crashes  4th in 6 whole seconds: Top gives up\n");
}
