#include "analyzer/crash_clock.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

using namespace treefall::analyzer;
using namespace std::chrono_literals;
using treefall::spec::Duration;

namespace {

std::vector<Duration> regular(Duration first, Duration interval, int n) {
  std::vector<Duration> times;
  for (int i = 0; i < n; ++i) times.push_back(first + i * interval);
  return times;
}

// OTP's own words: newest first, take while the stamp is not older than the period.
std::optional<LastRestart> by_takewhile(const Window& window, const std::vector<Duration>& times, Duration phase) {
  std::vector<std::int64_t> stamps;
  for (std::size_t j = 0; j < times.size(); ++j) {
    const auto now = (times[j] + phase).count() / 1'000'000'000;
    stamps.insert(stamps.begin(), now);
    const auto old = std::find_if(stamps.begin(), stamps.end(),
                                  [&](auto s) { return s < now - static_cast<std::int64_t>(window.seconds); });
    stamps.erase(old, stamps.end());
    if (stamps.size() > window.restarts) return LastRestart{j + 1, times[j]};
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("regular crashes end as they do on a real node", "[crash_clock]") {
  // Measured with intensity 3, period 5: every 1.6 s dead with the 4th, every 2.05 s alive.
  CHECK(certainty_of_interval({3, 5}, 1600ms) == Certainty::certain);
  CHECK(certainty_of_interval({3, 5}, 2050ms) == Certainty::never);
  CHECK(certainty_of_interval({3, 5}, 1800ms) == Certainty::phase_dependent);
  const auto sure = outcome_of_regular({3, 5}, 1600ms, 1600ms, 1h);
  CHECK(sure.certainty == Certainty::certain);
  CHECK(sure.earliest == LastRestart{4, 6400ms});
  CHECK(sure.latest == sure.earliest);
  CHECK(outcome_of_regular({3, 5}, 2050ms, 2050ms, 1h).certainty == Certainty::never);
  CHECK(outcome_of_regular({3, 5}, 2s, 2s, 1h).fraction == 0);
}

TEST_CASE("the window's edge depends on the phase as measured", "[crash_clock]") {
  struct Row {
    int period;
    Duration first, gap;
    bool dies;
  };
  for (const auto& row : std::vector<Row>{{1, 20ms, 1000ms, true},
                                          {1, 20ms, 1900ms, true},
                                          {1, 20ms, 1950ms, true},
                                          {1, 20ms, 2000ms, false},
                                          {1, 950ms, 1000ms, true},
                                          {1, 950ms, 1030ms, true},
                                          {1, 950ms, 1070ms, false},
                                          {1, 500ms, 1400ms, true},
                                          {1, 500ms, 1600ms, false},
                                          {5, 20ms, 5000ms, true},
                                          {5, 20ms, 5950ms, true},
                                          {5, 20ms, 6000ms, false},
                                          {5, 950ms, 5030ms, true},
                                          {5, 950ms, 5070ms, false}}) {
    CAPTURE(row.period, row.first.count(), row.gap.count());
    const Window window{1, static_cast<std::uint64_t>(row.period)};
    CHECK(outcome_at(window, {row.first, row.first + row.gap}, 0ms).has_value() == row.dies);
  }
}

TEST_CASE("a spaced crash is certain up to P, never from P + 1 on, else a share of the phases", "[crash_clock]") {
  const auto one = outcome({1, 5}, {0s, 5250ms});
  CHECK(one.certainty == Certainty::phase_dependent);
  CHECK(one.fraction == 0.75);
  REQUIRE(one.phases.size() == 2);
  CHECK(one.phases[0].to == 750ms);
  CHECK(one.phases[0].end == LastRestart{2, 5250ms});
  CHECK_FALSE(one.phases[1].end);
}

TEST_CASE("a phase that drifts makes the phase-dependent certain", "[crash_clock]") {
  // Every 1.9 s under 3/5: spans of 5.7 s kill in three tenths of the phases; each crash turns the phase by 0.9 s.
  const auto soon = outcome_of_regular({3, 5}, 1900ms, 1900ms, 8s);
  CHECK(soon.certainty == Certainty::phase_dependent);
  CHECK(soon.fraction == Approx(0.3).margin(1e-12));
  const auto later = outcome_of_regular({3, 5}, 1900ms, 1900ms, 1min);
  CHECK(later.certainty == Certainty::certain);
  CHECK(later.earliest == LastRestart{4, 7600ms});
  CHECK(later.latest->at <= 1min);
  // Every 1.8 s: the turn comes back after five crashes, arcs of 0.6 s cover all.
  CHECK(outcome_of_regular({3, 5}, 1800ms, 1800ms, 1min).certainty == Certainty::certain);
  // Every 2.5 s under 2/4: the turn has two places, arcs of 0 s: never. Every 2.25 s: four places, arcs of 0.5 s.
  CHECK(outcome_of_regular({2, 4}, 2500ms, 2500ms, 1h).certainty == Certainty::never);
  CHECK(outcome_of_regular({2, 4}, 2250ms, 2250ms, 1h).certainty == Certainty::certain);
  // Every 5.5 s under 1/5: two places, each kills half: certain. Every 11/2 + 1/4 under 1/5 kills a quarter at four.
  CHECK(outcome_of_regular({1, 5}, 5500ms, 5500ms, 1h).certainty == Certainty::certain);
  CHECK(outcome_of_regular({1, 5}, 5500ms, 5500ms, 12s).fraction == 0.5);
  // An arc narrower than the places are apart leaves gaps for ever.
  const auto gaps = outcome_of_regular({6, 5}, 900ms, 900ms, 1h);  // span 5.4 s, arcs of 0.6 s: certain at last
  CHECK(gaps.certainty == Certainty::certain);
  const auto left = outcome_of_regular({7, 5}, 850ms, 850ms, 1h);  // span 5.95 s, arcs of 0.05 s at 20 places
  CHECK(left.certainty == Certainty::certain);
  const auto never_all = outcome_of_regular({11, 5}, 500ms, 500ms, 1h);  // span 5.5 s, 2 places, arcs of 0.5 s
  CHECK(never_all.certainty == Certainty::certain);
  const auto half = outcome_of_regular({23, 5}, 250ms, 250ms, 1h);  // span 5.75 s, 4 places, arcs of 0.25 s
  CHECK(half.certainty == Certainty::certain);
}

TEST_CASE("arcs agree with the rule played out at every phase", "[crash_clock]") {
  constexpr std::uint64_t seed = 99;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 400; ++round) {
    const Window window{random() % 6, 1 + random() % 4};
    std::vector<Duration> times;
    for (std::size_t i = 0; i < 2 + random() % 30; ++i)
      times.push_back(Duration{std::chrono::milliseconds{random() % 20000}});
    std::sort(times.begin(), times.end());
    const auto all = outcome(window, times);
    Duration covered{};
    for (const auto& range : all.phases) {
      CHECK(range.from == covered);
      covered = range.to;
      for (const auto phase : {range.from, range.to - 1ns, range.from + (range.to - range.from) / 2}) {
        CHECK(outcome_at(window, times, phase) == range.end);
        CHECK(by_takewhile(window, times, phase) == range.end);
      }
    }
    CHECK(covered == 1s);
  }
}

TEST_CASE("a regular clock agrees with its list of crashes", "[crash_clock]") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 300; ++round) {
    const Window window{random() % 5, 1 + random() % 5};
    const Duration interval{std::chrono::milliseconds{1 + random() % 7000}};
    const Duration first{std::chrono::milliseconds{random() % 3000}};
    CAPTURE(window.restarts, window.seconds, interval.count(), first.count());
    const int n = 60;
    const auto listed = outcome(window, regular(first, interval, n));
    const auto clocked = outcome_of_regular(window, first, interval, first + (n - 1) * interval);
    CHECK(listed.certainty == clocked.certainty);
    CHECK(listed.fraction == clocked.fraction);
    CHECK(listed.earliest == clocked.earliest);
    CHECK(listed.latest == clocked.latest);
  }
}

TEST_CASE("bursts and zero budgets", "[crash_clock]") {
  CHECK(outcome({3, 5}, {1s, 1s, 1s, 1s}).earliest == LastRestart{4, 1s});
  CHECK(outcome({3, 5}, {1s, 1s, 1s}).certainty == Certainty::never);
  CHECK(outcome({0, 5}, {7s}).earliest == LastRestart{1, 7s});
  CHECK(outcome({0, 5}, {}).certainty == Certainty::never);
  CHECK(outcome_of_regular({3, 5}, 2s, 0s, 1h).earliest == LastRestart{4, 2s});
  CHECK(outcome_of_regular({3, 5}, 2h, 1s, 1h).certainty == Certainty::never);
}

TEST_CASE("clocks of several children meet in one budget", "[crash_clock]") {
  // Each alone is harmless (every 4 s under 3/5); three of them, shifted, are not.
  const auto merged = merge({{4s, 4s, 1}, {5s, 4s, 1}, {6s, 4s, 1}}, 20s);
  CHECK(merged.complete);
  CHECK(std::is_sorted(merged.times.begin(), merged.times.end()));
  CHECK(outcome({3, 5}, merged.times).earliest == LastRestart{4, 8s});
  CHECK(merge({{1s, 0s, 5}}, 20s).times.size() == 5);
  const auto cut = merge({{0s, 1ns, 1}}, 1s, 1000);
  CHECK_FALSE(cut.complete);
  CHECK(cut.times.size() == 1000);
}
