// How long the search for failures too rare to be waited for takes, and how near it comes: four single windows, for
// which the exact scan has the answer, and two levels at four crash rates. Every row has the estimate and its relative
// standard error in per cent, and beside it the answer by the exact scan (docs/mathematics.md, "Failures too rare to be
// seen").
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "runtime/rare.hpp"
#include "spec/read.hpp"

namespace {

using namespace treefall;

std::string one_window(int restarts, int seconds, double rate) {
  return fmt::format(
      "treefall: 1\nname: rare\ntree: {{supervisor: S, max_restarts: {}, max_seconds: {}, children: [{{worker: W, "
      "crashes: {{rate: {}/s}}}}]}}\n",
      restarts, seconds, rate);
}

std::string two_levels(double rate) {
  std::string text =
      "treefall: 1\nname: rare\ntree:\n  supervisor: Root\n  max_restarts: 3\n  max_seconds: 60\n  children:\n";
  for (const char name : {'A', 'B', 'C', 'D'})
    text += fmt::format(
        "    - {{supervisor: {0}, max_restarts: 3, max_seconds: 5, children: [{{worker: w{0}, crashes: {{rate: "
        "{1}/s}}}}]}}\n",
        name, rate);
  return text;
}

void search(benchmark::State& state, const std::string& text, double precision, double exact) {
  const auto reading = spec::read(spec::Source("rare.yaml", text));
  if (!reading.design) std::abort();
  const std::atomic<bool> stop{false};
  runtime::RareEffort effort;
  effort.precision = precision;
  effort.events = 2'000'000'000;
  std::optional<runtime::RareFailure> found;
  for (auto _ : state)
    found = runtime::rare_failures(*reading.design, {spec::ApplicationSubject{0}}, 1, 1, effort, stop)[0];
  if (!found) return state.SkipWithError("nothing is said");
  std::string label =
      fmt::format("{:.3g}/s +- {:.1f} %", found->per_second, 100 * found->standard_error / found->per_second);
  if (exact > 0) label += fmt::format(", exact {:.3g}", exact);
  if (found->tilting)
    label += fmt::format(", tilting {:.3g} +- {:.1f} %", found->tilting->per_second,
                         100 * found->tilting->standard_error / found->tilting->per_second);
  state.SetLabel(label + (found->doubt.empty() ? "" : ", not converged: " + found->doubt));
}

void rare(const char* name, const std::string& text, double exact, double precision = 0.05) {
  benchmark::RegisterBenchmark(name, search, text, precision, exact)->Iterations(1)->Unit(benchmark::kMillisecond);
}

const bool registered = [] {
  rare("rare/3_in_5_at_0.002", one_window(3, 5, 0.002), 4.41212731912e-10);
  rare("rare/5_in_10_at_0.0026", one_window(5, 10, 0.0026), 3.20651533475e-13);
  rare("rare/10_in_60_at_0.01", one_window(10, 60, 0.01), 9.3521521e-12);
  rare("rare/10_in_10_at_0.02", one_window(10, 10, 0.02), 7.5582205e-16);
  for (const double rate : {0.1, 0.05, 0.02})
    rare(fmt::format("rare/two_levels_at_{}", rate).c_str(), two_levels(rate), 0);
  for (const double rate : {0.02, 0.01})
    rare(fmt::format("rare/two_levels_roughly_at_{}", rate).c_str(), two_levels(rate), 0, 0.1);
  return true;
}();

}  // namespace
