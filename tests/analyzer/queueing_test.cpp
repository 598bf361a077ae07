#include "analyzer/queueing.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <deque>
#include <functional>
#include <random>
#include <vector>

#include "analyzer/bounded_mailbox.hpp"

using namespace treefall;
using namespace treefall::analyzer;

namespace {

// Erlang's sum for M/D/1 (service 1): P(W <= t).
double md1_within(double rho, double t) {
  double sum = 0;
  for (int n = 0; n <= static_cast<int>(t); ++n) {
    const double x = rho * (n - t);
    sum += std::exp(-x) * std::pow(x, n) / std::tgamma(n + 1.0);
  }
  return (1 - rho) * sum;
}

struct Waits {
  double mean = 0;
  double sojourn_exceeds = 0;
  double p99 = 0;
};

// Lindley's recursion.
Waits simulate(double rate, const std::function<double(std::mt19937_64&)>& service, double limit, int n) {
  std::mt19937_64 random(17);
  std::exponential_distribution<> gap(rate);
  std::vector<double> waits;
  double w = 0, late = 0, sum = 0;
  for (int i = 0; i < n; ++i) {
    const double s = service(random);
    sum += w;
    late += w + s > limit ? 1 : 0;
    waits.push_back(w);
    w = std::max(0.0, w + s - gap(random));
  }
  std::nth_element(waits.begin(), waits.begin() + n / 100 * 99, waits.end());
  return {sum / n, late / n, waits[static_cast<std::size_t>(n / 100 * 99)]};
}

// The share of calls answered in time by a server that crashes: event by event.
double play(const CrashingServer& s, double timeout) {
  std::mt19937_64 random(31);
  const auto draw = [&](double rate) { return std::exponential_distribution<>(rate)(random); };
  std::deque<double> mailbox;  // arrival times
  double now = 0, sent = 0, answered = 0, up_at = 0;
  for (int events = 0; events < 6000000; ++events) {
    const double served = now >= up_at && !mailbox.empty() ? s.service_rate : 0;
    const double crashed = now >= up_at ? s.crash_rate : 0;
    const double total = s.arrival_rate + served + crashed;
    const double next = now + draw(total);
    if (now < up_at && next >= up_at) {
      now = up_at;
      continue;
    }
    now = next;
    const double which = std::uniform_real_distribution<>(0, total)(random);
    if (which < s.arrival_rate) {
      sent += 1;
      if (now >= up_at) mailbox.push_back(now);
    } else if (which < s.arrival_rate + served) {
      answered += now - mailbox.front() <= timeout ? 1 : 0;
      mailbox.pop_front();
    } else {
      mailbox.clear();
      up_at = now + s.repair;
    }
  }
  return answered / sent;
}

}  // namespace

TEST_CASE("M/M/1", "[queueing]") {
  const MessageClasses load{{0.5, spec::Exponential{1}}, {0.3, spec::Exponential{1}}};
  CHECK(utilisation(load) == Approx(0.8));
  CHECK(mean_wait(load).value == Approx(4));
  CHECK(mean_mailbox_length(load).value == Approx(3.2));
  CHECK(mean_in_system(load).value == Approx(4));
  CHECK(mailbox_growth(load) == 0);
  CHECK(wait_exceeds(load, 10).value == Approx(0.8 * std::exp(-2)));
  CHECK(sojourn_exceeds(load, spec::Exponential{1}, 10).value == Approx(std::exp(-2)));
  CHECK(wait_quantile(load).value == Approx(5 * std::log(80)));
  CHECK(mean_left_behind(load, spec::Exponential{1}).value == Approx(4));
}

TEST_CASE("M/D/1 is the closed sum, at the lattice points too", "[queueing]") {
  for (const double rho : {0.2, 0.5, 0.8, 0.9}) {
    const MessageClasses load{{rho, spec::Constant{1}}};
    CHECK(mean_wait(load).value == Approx(rho / (2 * (1 - rho))));
    for (const double t : {0.5, 1.0, 1.3, 2.0, 3.0, 5.0, 7.5}) {
      CAPTURE(rho, t);
      const auto wait = wait_exceeds(load, t);
      const double truth = 1 - md1_within(rho, t);
      CHECK(wait.low <= truth * (1 + 1e-9));
      CHECK(wait.high >= truth * (1 - 1e-9));
      // At t = 1 the wait's density jumps; between the bounds the value is less sharp there.
      CHECK(wait.value == Approx(truth).epsilon(t == 1 ? 2e-3 : 1e-4));
      const auto sojourn = sojourn_exceeds(load, spec::Constant{1}, t);
      CHECK(sojourn.value == Approx(t < 1 ? 1 : 1 - md1_within(rho, t - 1)).epsilon(t == 2 ? 2e-3 : 2e-4));
    }
  }
}

TEST_CASE("the lattice and the transform agree", "[queueing]") {
  // Exponential services by the general way: the lattice does not know that they are exponential.
  const MessageClasses load{{0.4, spec::Erlang{1, 1}}, {0.3, spec::Exponential{1}}};
  for (const double t : {0.5, 3.0, 10.0, 40.0, 100.0}) {
    const auto p = sojourn_exceeds(load, spec::Erlang{1, 1}, t);
    CAPTURE(t, p.because);
    CHECK(p.low <= std::exp(-0.3 * t));
    CHECK(p.high >= std::exp(-0.3 * t));
    CHECK(p.value == Approx(std::exp(-0.3 * t)).epsilon(2e-4).margin(1e-13));
  }
  // Near saturation, far out.
  const MessageClasses busy{{0.995, spec::Erlang{1, 1}}};
  CHECK(sojourn_exceeds(busy, spec::Erlang{1, 1}, 1000).value == Approx(std::exp(-5)).epsilon(1e-4));
}

TEST_CASE("general services agree with a simulation", "[queueing]") {
  constexpr int n = 4000000;
  const auto check = [&](const char* what, double rate, const spec::Distribution& law, double limit,
                         const std::function<double(std::mt19937_64&)>& draw) {
    CAPTURE(what);
    const MessageClasses load{{rate, law}};
    const auto seen = simulate(rate, draw, limit, n);
    CHECK(mean_wait(load).value == Approx(seen.mean).epsilon(0.02));
    const auto said = sojourn_exceeds(load, law, limit);
    CHECK(said.value == Approx(seen.sojourn_exceeds).epsilon(0.04));
    CHECK(said.low <= said.value);
    CHECK(said.high >= said.value);
    CHECK(wait_quantile(load).value == Approx(seen.p99).epsilon(0.02));
  };
  check("constant", 0.7, spec::Constant{1}, 5, [](auto&) { return 1.0; });
  check("uniform", 0.6, spec::Uniform{0.5, 1.5}, 4,
        [](auto& r) { return std::uniform_real_distribution<>(0.5, 1.5)(r); });
  check("lognormal", 0.5, spec::LogNormal{0.5, 5}, 10,
        [](auto& r) { return std::lognormal_distribution<>(std::log(0.5), std::log(10) / 2.3263478740408411)(r); });
  check("weibull", 0.4, spec::Weibull{0.7, 1}, 12, [](auto& r) { return std::weibull_distribution<>(0.7, 1)(r); });
  check("empirical", 4, spec::Empirical{{0.05, 0.1, 0.4}}, 1.2, [](auto& r) {
    return std::vector<double>{0.05, 0.1, 0.4}[r() % 3];
  });
}

TEST_CASE("several classes share one mailbox", "[queueing]") {
  const MessageClasses load{{2, spec::Constant{0.1}}, {0.5, spec::Exponential{0.8}}};
  CHECK(utilisation(load) == Approx(0.6));
  CHECK(mean_wait(load).value == Approx((2 * 0.01 + 0.5 * 2 * 0.64) / (2 * 0.4)));
  std::bernoulli_distribution second(0.2);
  const auto seen = simulate(
      2.5, [&](auto& r) { return second(r) ? std::exponential_distribution<>(1 / 0.8)(r) : 0.1; }, 3, 3000000);
  CHECK(mean_wait(load).value == Approx(seen.mean).epsilon(0.02));
  CHECK(wait_quantile(load).value == Approx(seen.p99).epsilon(0.02));
}

TEST_CASE("overload and idleness", "[queueing]") {
  const MessageClasses over{{3, spec::Constant{0.5}}};
  CHECK(std::isinf(mean_wait(over).value));
  CHECK(mailbox_growth(over) == Approx(1));
  CHECK(sojourn_exceeds(over, spec::Constant{0.5}, 5).value == 1);
  CHECK(std::isinf(wait_quantile(over).value));
  const MessageClasses idle{{0.001, spec::Constant{0.5}}};
  CHECK(wait_quantile(idle).value == 0);
  CHECK(sojourn_exceeds({}, spec::Constant{0.5}, 0.4).value == 1);
  CHECK(sojourn_exceeds({}, spec::Constant{0.5}, 0.5).value == 0);
  CHECK(sojourn_exceeds({{1, spec::Constant{0}}}, spec::Constant{0}, 5).value == 0);
}

TEST_CASE("a server that crashes and loses its mailbox", "[queueing]") {
  // Against a discrete-event simulation: 0.1351 +- 0.001.
  const CrashingServer stable{0.8, 1, 0.01, 1};
  CHECK(1 - answered_within(stable, 10).value == Approx(0.1343).epsilon(4e-4));
  // In overload its crashes are what keeps its mailbox short: with r = 0.96 and a = 0.04.
  CHECK(1 - answered_within({1.2, 1, 0.01, 1}, 10).value == Approx(1 - 0.8 / 1.01 * (1 - std::exp(-0.5))));
  for (const CrashingServer& server : {stable, CrashingServer{1.2, 1, 0.01, 1}, CrashingServer{1.2, 1, 0.1, 3}})
    CHECK(answered_within(server, 10).value == Approx(play(server, 10)).epsilon(0.01));
  CHECK(availability(stable) == Approx(1 / 1.01));
  // Without crashes it is the M/M/1 queue.
  const CrashingServer sound{0.8, 1, 1e-12, 1};
  CHECK(mean_mailbox_length(sound).value == Approx(3.2).epsilon(1e-6));
  CHECK(lost_per_crash(sound).value == Approx(4).epsilon(1e-6));
  CHECK(answered_within(sound, 10).value == Approx(1 - std::exp(-2)).epsilon(1e-6));
  // Every message is answered, or lost at a crash, or sent while it is down.
  const double answered = 0.8 * answered_within(stable, INFINITY).value;
  CHECK(answered + lost_per_second(stable).value == Approx(0.8).epsilon(1e-9));
}

TEST_CASE("a closed loop of callers", "[queueing]") {
  const auto one = closed_loop({1, 4, 1});
  CHECK(one.throughput.value == Approx(0.2));
  CHECK(one.mean_wait.value == Approx(0).margin(1e-12));
  // Three callers: P(n in it) ~ N! / (N - n)! (s / z)^n.
  const double r = 0.25;
  const double p0 = 1 / (1 + 3 * r + 6 * r * r + 6 * r * r * r);
  const auto three = closed_loop({3, 4, 1});
  CHECK(three.utilisation.value == Approx(1 - p0));
  CHECK(three.throughput.value == Approx(1 - p0));
  const auto many = closed_loop({1000000000, 10, 0.001});
  CHECK(many.throughput.value == Approx(1000));
  CHECK(many.mean_wait.value == Approx(1e6 - 10).epsilon(1e-6));
}

TEST_CASE("a mailbox with a bound: M/M/1/K and M/D/1/2 in closed form", "[queueing]") {
  for (const double load : {0.5, 1.0, 3.0}) {
    for (const std::uint64_t room : {1u, 3u, 20u}) {
      const auto found = bounded_mailbox({{load / 0.02, spec::Exponential{0.02}}}, room);
      REQUIRE(found);
      const auto places = static_cast<double>(room + 1);
      double sum = 0, waiting = 0, full = 0;
      for (double n = 0; n <= places; ++n) {
        full = std::pow(load, n);
        sum += full;
        waiting += std::max(0.0, n - 1) * full;
      }
      CAPTURE(load, room);
      CHECK(found->turned_away == Approx(full / sum).epsilon(1e-6));
      CHECK(found->mean_length == Approx(waiting / sum).epsilon(1e-6));
      CHECK(found->busy_share == Approx(1 - 1 / sum).epsilon(1e-6));
    }
  }
  // M/D/1 with room for one: pi(0) = e^-rho, numbers at any time pi / (pi(0) + rho).
  const double load = 0.8;
  const auto constant = bounded_mailbox({{load, spec::Constant{1}}}, 1);
  REQUIRE(constant);
  CHECK(constant->turned_away == Approx(1 - 1 / (std::exp(-load) + load)));
  // As good as unbounded.
  CHECK(bounded_mailbox({{0.3, spec::Constant{1}}}, 100)->mean_wait == Approx(mean_wait(0.3, 1, 1)).epsilon(1e-6));
}
