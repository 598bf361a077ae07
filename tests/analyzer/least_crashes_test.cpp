// Supervisors that surely give up though nobody can say how often their children crash.
#include "analyzer/least_crashes.hpp"

#include "known.hpp"

using namespace treefall;
using analyzer::Method;
using spec::Quantity;
using tests::known;

namespace {

analyzer::Prediction failure(const std::string& text) {
  return known("horizon: 1h\n" + text).said("R", Quantity::failure_probability);
}

}  // namespace

TEST_CASE("handlings until so many fail follow a negative binomial law") {
  // Every one fails: an Erlang law of the times between.
  CHECK(analyzer::crashes_within({1, 0, 1, 0}, 2, 3) == Approx(1 - 4 * std::exp(-3)));
  // No time between them counts but the longest handling: at most 4 in 5 seconds, one of which is under way.
  CHECK(analyzer::crashes_within({1e6, 1, 0.5, 0}, 4, 5.5) == Approx(1.0 / 16).epsilon(1e-4));
  CHECK(analyzer::crashes_within({1e6, 1, 0.5, 0}, 6, 5.5) == 0);
  // Thinning a Poisson stream.
  const double mean = 0.2 * 5;
  CHECK(analyzer::crashes_within({1, 0, 0.2, 0}, 2, 5) == Approx(1 - std::exp(-mean) * (1 + mean)).epsilon(1e-6));
}

TEST_CASE("calls that take longer than their timeout by themselves bring a supervisor down") {
  // Observed: 20 of 20, after 352 ms on average.
  const auto tree = [](const std::string& takes) {
    return "traffic: {t: {to: A, rate: 100/s, timeout: 20ms}}\ntree: {supervisor: R, max_restarts: 3, children: "
           "[{worker: B, handles: " +
           takes + "}, {worker: A, handles: {any: {takes: 1ms, calls: [{to: B, timeout: 10ms}]}}}]}\n";
  };
  const auto found = failure(tree("exp(5ms)"));
  CHECK(found.method == Method::bound);
  CHECK(found.low > 0.999999);
  CHECK(found.high == 1);
  CHECK_FALSE(failure(tree("exp(0.2ms)")).low > 0.1);
}

TEST_CASE("calls behind what others send are late at the least as often as that comes") {
  // Observed: 20 of 20, after 25 s on average.
  const auto tree = [](const std::string& timeout) {
    return "tree: {supervisor: R, max_restarts: 3, children: [{worker: A, handles: 10ms}, {worker: B, ticks: [{every: "
           "exp(1s), calls: [{to: A, timeout: " +
           timeout + "}]}]}, {worker: C, ticks: [{every: exp(20ms), casts: [{to: A}]}]}]}\n";
  };
  CHECK(failure(tree("15ms")).low > 0.999);
  CHECK_FALSE(failure(tree("500ms")).low > 0.1);
}
