// The queue that loses its mailbox, against the closed form for exponential services and a small simulation.
#include "analyzer/crashing_queue.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace treefall;
using analyzer::CrashingQueue;

namespace {

struct Played {
  double crash_rate = 0;
  double lost_per_crash = 0;
  double handled_rate = 0;
};

// Own little simulation of one kind of message; nothing of it is shared with the formula.
Played play(double rate, double mean, bool constant, double crash, double clock, double start, unsigned seed) {
  std::mt19937_64 random(seed);
  const auto after = [&](double per_second) {
    return per_second > 0 ? std::exponential_distribution<double>(per_second)(random) : 1e300;
  };
  double now = 0, up = 0, next = after(rate);
  std::uint64_t waiting = 0, crashes = 0, lost = 0, handled = 0;
  const auto gather = [&](double until) {
    for (; next < until; next += after(rate)) ++waiting;
    now = until;
  };
  for (int round = 0; round < 1'000'000; ++round) {
    if (waiting == 0) {
      const double strike = after(clock);
      if (next - now > strike) {
        up += strike, ++crashes;
        gather(now + strike + start);
        continue;
      }
      up += next - now;
      gather(next);
      ++waiting;
      next = now + after(rate);
    }
    const double service = constant ? mean : after(1 / mean);
    const double strike = after(clock);
    up += std::min(service, strike);
    gather(now + std::min(service, strike));
    if (strike < service || std::uniform_real_distribution<>()(random) < crash) {
      ++crashes;
      lost += strike < service ? waiting : waiting - 1;  // its own handler's end is no loss
      waiting = 0;
      gather(now + start);
    } else {
      --waiting, ++handled;
    }
  }
  return {static_cast<double>(crashes) / up, static_cast<double>(lost) / static_cast<double>(crashes),
          static_cast<double>(handled) / up};
}

}  // namespace

TEST_CASE("exponential services and a clock: the root of the quadratic") {
  const double lambda = 0.8, mu = 1, xi = 0.01;
  const double b = lambda + mu + xi;
  const double r = (b - std::sqrt(b * b - 4 * lambda * mu)) / (2 * mu);
  const auto figures = analyzer::figures_of({{{lambda, spec::Exponential{1 / mu}, 0, 1}}, xi, spec::Constant{0}});
  REQUIRE(figures.has_value());
  CHECK(figures->lost_per_crash == Approx(r / (1 - r)).epsilon(1e-9));
  CHECK(figures->crash_rate == Approx(xi).epsilon(1e-9));
  CHECK(figures->busy_share == Approx(r).epsilon(1e-9));
}

TEST_CASE("constant and exponential services, handlers that crash, slow starts, overload") {
  struct Case {
    double rate, mean;
    bool constant;
    double crash, clock, start;
  };
  unsigned seed = 7;
  for (const Case& c : {Case{0.8, 1, true, 0.05, 0, 0}, Case{0.8, 1, false, 0.05, 0.02, 2},
                        Case{1.3, 1, true, 0.02, 0.05, 1}, Case{0.2, 1, true, 1, 0, 0}}) {
    CAPTURE(seed, c.rate, c.crash, c.clock, c.start);
    const spec::Distribution law = c.constant ? spec::Distribution(spec::Constant{c.mean}) : spec::Exponential{c.mean};
    const auto figures = analyzer::figures_of({{{c.rate, law, c.crash, 1}}, c.clock, spec::Constant{c.start}});
    REQUIRE(figures.has_value());
    const Played played = play(c.rate, c.mean, c.constant, c.crash, c.clock, c.start, seed++);
    CHECK(figures->crash_rate == Approx(played.crash_rate).epsilon(0.02));
    CHECK(figures->lost_per_crash == Approx(played.lost_per_crash).epsilon(0.02).margin(0.002));
    CHECK(figures->handled_rate == Approx(played.handled_rate).margin(1e-9).epsilon(0.02));
  }
}

TEST_CASE("only casts are lost without anybody's knowing") {
  const auto all = analyzer::figures_of({{{5, spec::Constant{0.1}, 0.1, 1}}, 0, spec::Constant{0}});
  const auto half = analyzer::figures_of({{{5, spec::Constant{0.1}, 0.1, 0.5}}, 0, spec::Constant{0}});
  CHECK(half->lost_per_crash == Approx(all->lost_per_crash / 2));
}

TEST_CASE("what never crashes has no figures") {
  CHECK_FALSE(analyzer::figures_of({{{5, spec::Constant{0.1}, 0, 1}}, 0, spec::Constant{0}}).has_value());
}
