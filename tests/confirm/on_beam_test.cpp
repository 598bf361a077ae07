// How much is played within a budget, and what the VM's clock leaves in doubt.
#include "confirm/on_beam.hpp"

#include <catch2/catch.hpp>

#include "confirm/beam_verdict.hpp"

using namespace treefall;
using confirm::Band;
using std::chrono::seconds;

TEST_CASE("what is played fits the budget") {
  for (const int budget : {1, 6, 10, 30, 120}) {
    for (const double events : {1.0, 300.0, 50'000.0}) {
      const confirm::Play play = confirm::play_within(seconds(budget), std::chrono::hours(24), true, events, 10);
      INFO(budget << " s, " << events << " events/s: " << play.replicas << " of " << play.until.count() << " ns");
      const double begun = static_cast<double>(play.replicas) / play.at_a_time;  // seconds until the last one begins
      CHECK(spec::in_seconds(play.until) + begun <= std::max(2.0, budget - 4.0));
      CHECK(play.replicas >= 1);
      CHECK(play.until.count() > 0);
      const double at_once = std::min(spec::in_seconds(play.until), begun) * play.at_a_time;
      CHECK((at_once * events < 10'000 || play.at_a_time == 1));
    }
  }
}

TEST_CASE("a short horizon is played often, a design without chance a few times") {
  const confirm::Play often = confirm::play_within(seconds(30), seconds(2), true, 50, 10);
  CHECK(often.until == seconds(2));
  CHECK(often.replicas > 500);
  const confirm::Play few = confirm::play_within(seconds(30), seconds(2), false, 50, 10);
  CHECK(few.replicas == 5);
}

TEST_CASE("bands are widened by what the VM's lateness does to a quantity") {
  const confirm::Doubt doubt{0.002, 10, 5};
  const auto width = [&](spec::Quantity quantity, const Band& band) {
    const Band wide = confirm::widened(band, quantity, doubt);
    return std::pair(band.low - wide.low, wide.high - band.high);
  };
  using spec::Quantity;
  CHECK(width(Quantity::mean_wait, {0.1, 0.1}).first == Approx(0.002));
  CHECK(width(Quantity::boot_time, {0.1, 0.1}).second == Approx(0.002));
  CHECK(width(Quantity::utilisation, {0.5, 0.5}).first == Approx(0.01));
  CHECK(width(Quantity::restart_rate, {50, 50}).second == Approx(0.01));
  CHECK(width(Quantity::failure_probability, {0.5, 0.5}).second == 0);
  CHECK(width(Quantity::lost_per_crash, {3, 3}).second == 0);
  // On a busy machine it adds up, step by step.
  const Band wide = confirm::widened({2, 2}, Quantity::mean_time_to_failure, {0.010, 10, 5});
  CHECK(wide.high == Approx(2 + 0.010 + 2 * 5 * 0.010));
}
