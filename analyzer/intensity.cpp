// Which of the ways of scan.cpp and large_budget.cpp answers for a restart intensity, and what is read off it.
//
// - While the horizon is no longer than P, every restart counts together: P(T <= t) = P(Poisson(rate t) > R), exactly;
//   and when even one window's worth of restarts surely exceeds R, E[T] = (R + 1) / rate.
// - Otherwise the exact chain where it costs little, else two segments with the Glaz-Naus bracket, sharpened by three
//   segments where the bracket is wide and the cost allows, else the formulas for large budgets.
// - With S(i) the probability to be alive after i whole seconds of the clock, a horizon of H seconds from a start in
//   the middle of second 0 ends between two whole seconds: the mean over the phase, linear within a second.
// - In the long run failures come at the rate `hazard` per second: E[T] = lived in the listed seconds + alive * lived
//   part of a second / hazard. Everything is summed from absorbed masses, so that 1e-300 keeps its digits.
#include "analyzer/intensity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>

#include "analyzer/large_budget.hpp"
#include "analyzer/scan.hpp"

namespace treefall::analyzer {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr const char* no_rate = "how often it restarts is not known";
constexpr const char* at_once = "restarts without end, at once";
constexpr double chain_budget = 3e6;
constexpr double two_segment_budget = 1e8;
constexpr double three_segment_budget = 6e7;
constexpr double narrow = 1e-6;  // a bracket this tight needs no sharpening
// Measured against simulation and, where both exist, against the scan (tests/analyzer/intensity_test.cpp).
constexpr double adjacent_window_error = 0.12;
constexpr double adjacent_window_error_when_frequent = 0.3;  // failures every few windows: of the mean time, too
constexpr double adjacent_window_budget = 1e8;
constexpr double large_budget_error = 0.05;

struct Answer {
  scan::Survival survival;
  Method method = Method::exact;
  std::string because;
  double start_error = 0;  // relative error of what is listed, where it counts
};

double width(const scan::Survival& s) { return s.hazard > 0 ? (s.hazard_high - s.hazard_low) / s.hazard : 0; }

Answer by_two_segments(const Window& window, const scan::Seconds& law, bool sharpen) {
  Answer answer{scan::by_two_segments(law, window.seconds), Method::bound,
                "the two-segment scan of whole seconds with its Glaz-Naus bracket"};
  auto& s = answer.survival;
  if (width(s) <= narrow || s.alive < 1e-17 || !sharpen ||
      scan::cost_of_three_segments(window.restarts, window.seconds) > three_segment_budget)
    return answer;
  scan::refine_by_three_segments(s, law, window.seconds);
  answer.method = Method::approximation;
  answer.because = "the three-segment scan of whole seconds";
  return answer;
}

// Nothing where the budget is too large for the scan.
std::optional<Answer> scanned(const Window& window, const CountLaw& counts, bool sharpen) {
  if (scan::cost_of_two_segments(window.restarts, window.seconds) > two_segment_budget) return std::nullopt;
  const auto law = scan::prepare(counts, window.restarts);
  if (scan::cost_of_chain(window.restarts, window.seconds) <= chain_budget)
    return Answer{scan::by_chain(law, window.seconds), Method::exact, "the exact chain of whole-second counts"};
  return by_two_segments(window, law, sharpen);
}

void spread(scan::Survival& survival, double error) {
  survival.hazard_low = survival.hazard / (1 + error);
  survival.hazard_high = survival.hazard * (1 + error);
}

// For a budget beyond the scan. The hazard of the first crossing from that of neighbouring windows; nothing where even
// that costs too much.
std::optional<Answer> by_adjacent_windows(const Window& window, const CountLaw& counts) {
  const auto law = scan::prepare(counts, window.restarts);
  if (scan::cost_of_adjacent_windows(window.restarts, window.seconds, law.most + 1) > adjacent_window_budget)
    return std::nullopt;
  Answer answer{scan::by_adjacent_windows(law, window.seconds), Method::approximation,
                "the hazard of two neighbouring windows of whole seconds"};
  const bool frequent = answer.survival.hazard * static_cast<double>(window.seconds) > 0.02;
  spread(answer.survival, frequent ? adjacent_window_error_when_frequent : adjacent_window_error);
  answer.start_error = frequent ? adjacent_window_error_when_frequent : 0;
  return answer;
}

Estimate unending() { return {infinity, infinity, infinity, Method::exact, "no restart is ever counted"}; }

Estimate mean_time(const Answer& answer) {
  const auto& s = answer.survival;
  double lived = 0;
  for (std::size_t i = s.lives.size(); i-- > 0;) lived += s.lives[i];
  const auto with = [&](double hazard) { return s.alive > 0 ? lived + s.alive * s.lives_each / hazard : lived; };
  const double error = 1 + answer.start_error;
  return {with(s.hazard), with(s.hazard_high) / error, with(s.hazard_low) * error, answer.method, answer.because};
}

// P(failed by so many whole seconds of the clock), with this hazard behind the listed seconds.
double failed_by(const scan::Survival& s, double seconds, double hazard) {
  const auto listed = static_cast<double>(s.fails.size());
  double sum = 0;
  const auto n = static_cast<std::size_t>(std::min(seconds, listed));
  for (std::size_t i = 0; i < n; ++i) sum += s.fails[i];
  if (seconds > listed) sum += s.alive * (hazard < 1 ? -std::expm1((seconds - listed) * std::log1p(-hazard)) : 1);
  return std::min(sum, 1.0);
}

Estimate failure_by(const Answer& answer, double horizon) {
  const auto& s = answer.survival;
  const double whole = std::floor(horizon);
  const double part = horizon - whole;
  const auto at = [&](double second) { return failed_by(s, second, s.hazard); };
  // The horizon ends in second `whole` for a phase below 1 - part, else in the next.
  const double a = at(whole), b = at(whole + 1), c = at(whole + 2);
  const double early = (1 - part) * ((a + b) + part * (b - a)) / 2;
  const double late = part * (2 * b + part * (c - b)) / 2;
  const double value = std::min(early + late, 1.0);
  const double error = 1 + answer.start_error;
  const double low = failed_by(s, whole, s.hazard_low) / error;
  const double high = std::min(1.0, failed_by(s, whole + (part > 0 ? 2 : 1), s.hazard_high) * error);
  // Short horizons: what the last, broken second adds is only bracketed.
  const auto method = answer.method == Method::exact && high - low > 0.01 * value ? Method::bound : answer.method;
  return {value, low, high, method, answer.because};
}

// ---- Poisson restarts and large budgets -------------------------------------------------------------------------

// OTP's window lasts from P to P + 1 s, by where its oldest restart lies in its second: hazards are averaged over that
// width; the bracket is that of the two continuous windows.
struct LargeAnswer {
  large::Windows middle, shortest, longest;
  double hazard = 0;
  double mean_time = 0;
};

LargeAnswer large_answer(const Window& window, double rate) {
  const auto p = static_cast<double>(window.seconds);
  LargeAnswer answer{large::naus(window.restarts, p + 0.5, rate), large::naus(window.restarts, p, rate),
                     large::naus(window.restarts, p + 1, rate), 0, 0};
  constexpr int parts = 8;
  double rates = 0;
  for (int i = 0; i < parts; ++i) {
    const auto w = large::naus(window.restarts, p + (i + 0.5) / parts, rate);
    answer.hazard += w.hazard / parts;
    rates += 1 / w.mean_time / parts;
  }
  answer.mean_time = 1 / rates;
  return answer;
}

constexpr const char* large_words = "Naus' scan statistic averaged over OTP's window of P to P + 1 s";

bool continuous_is_good(const Window& window) {  // else whole seconds matter too much
  return window.seconds >= 30 && static_cast<double>(window.restarts) < 50 * static_cast<double>(window.seconds);
}

Estimate large_mean_time(const Window& window, double rate) {
  const auto a = large_answer(window, rate);
  const double e = large_budget_error;
  return {a.mean_time, std::max(a.longest.mean_time / (1 + e), a.mean_time / (1 + e)),
          std::min(a.shortest.mean_time * (1 + e), a.mean_time * (1 + e)), Method::approximation, large_words};
}

double large_failure(const Window& window, double hazard, double after_two, double rate, double horizon) {
  const double two = 2 * static_cast<double>(window.seconds);
  const double k = static_cast<double>(window.restarts) + 1;
  // While a third of the budget's time has not passed nothing is likely; then from two windows on, geometric.
  const double early = large::poisson_at_least(k, rate * static_cast<double>(window.seconds));
  if (horizon <= two) {
    const double share = horizon / static_cast<double>(window.seconds) - 1;
    return early + share * std::max(0.0, 1 - after_two - early);
  }
  const double by_two = after_two < 1 ? 1 - after_two : -std::expm1(-hazard * two);
  return by_two + (1 - by_two) * -std::expm1(-hazard * (horizon - two));
}

Estimate large_failure_probability(const Window& window, double rate, double horizon) {
  const auto a = large_answer(window, rate);
  const auto value = large_failure(window, a.hazard, a.middle.after_two, rate, horizon);
  const double e = large_budget_error;
  const auto less = large_failure(window, a.hazard / (1 + e), a.shortest.after_two, rate, horizon);
  const auto more = large_failure(window, a.hazard * (1 + e), a.longest.after_two, rate, horizon);
  return {value, std::min(value / (1 + e), less), std::min(1.0, std::max(value * (1 + e), more)), Method::approximation,
          large_words};
}

Estimate within_one_period(const Window& window, double rate, double horizon) {
  return exactly(large::poisson_at_least(static_cast<double>(window.restarts) + 1, rate * horizon),
                 "the Poisson law, all restarts counting together");
}

bool scans(const Window& window) {
  return scan::cost_of_two_segments(window.restarts, window.seconds) <= two_segment_budget;
}

// A count law is a list of more than R probabilities.
bool too_many_to_list(const Window& window) { return window.restarts > 1'000'000; }

Estimate poisson_failure(const Window& window, double rate, double horizon, bool sharpen) {
  if (std::isnan(rate)) return unsaid(no_rate);
  if (rate <= 0 || horizon <= 0) return exactly(0, rate <= 0 ? "no restart is ever counted" : "no time passes");
  if (std::isinf(rate)) return exactly(1, at_once);
  if (window.restarts == 0) return exactly(-std::expm1(-rate * horizon), "the exponential law of the first restart");
  if (horizon <= static_cast<double>(window.seconds) || large::overwhelmed(window.restarts, window.seconds, rate))
    return within_one_period(window, rate, horizon);
  if (!scans(window) && (continuous_is_good(window) || too_many_to_list(window)))
    return large_failure_probability(window, rate, horizon);
  const auto counts = poisson_counts(rate, window.restarts);
  if (const auto answer = scanned(window, counts, sharpen)) return failure_by(*answer, horizon);
  if (const auto answer = by_adjacent_windows(window, counts)) return failure_by(*answer, horizon);
  return large_failure_probability(window, rate, horizon);
}

// A law too large for the scan stands for a Poisson law with as many restarts in units of its variance-to-mean ratio.
struct Equivalent {
  Window window;
  double rate = 0;
};
Equivalent poisson_equivalent(const Window& window, const CountLaw& law) {
  const double m = mean(law);
  double squares = 0;
  for (std::size_t n = law.probability.size(); n-- > 0;) {
    const double d = static_cast<double>(n) - m;
    squares += d * d * law.probability[n];
  }
  const double unit = squares / m;
  return {{static_cast<std::uint64_t>(static_cast<double>(window.restarts) / unit), window.seconds}, m / unit};
}

}  // namespace

Estimate mean_time_to_failure(const Window& window, double rate) {
  if (std::isnan(rate)) return unsaid(no_rate);
  if (rate <= 0) return unending();
  if (std::isinf(rate)) return exactly(0, at_once);
  if (window.restarts == 0) return exactly(1 / rate, "the exponential law of the first restart");
  if (large::overwhelmed(window.restarts, window.seconds, rate))
    return exactly((static_cast<double>(window.restarts) + 1) / rate,
                   "the mean time of as many restarts, all counting together");
  if (!scans(window) && (continuous_is_good(window) || too_many_to_list(window))) return large_mean_time(window, rate);
  const auto counts = poisson_counts(rate, window.restarts);
  if (const auto answer = scanned(window, counts, true)) return mean_time(*answer);
  if (const auto answer = by_adjacent_windows(window, counts)) return mean_time(*answer);
  return large_mean_time(window, rate);
}

Estimate failure_probability(const Window& window, double rate, double horizon) {
  return poisson_failure(window, rate, horizon, true);
}

Estimate mean_time_to_failure(const Window& window, const CountLaw& law) {
  if (law.probability.empty()) return exactly(0, at_once);
  if (mean(law) <= 0) return unending();
  if (const auto answer = scanned(window, law, true)) return mean_time(*answer);
  if (const auto answer = by_adjacent_windows(window, law)) return mean_time(*answer);
  const auto poisson = poisson_equivalent(window, law);
  return for_equivalent_poisson(mean_time_to_failure(poisson.window, poisson.rate), infinity);
}

Estimate failure_probability(const Window& window, const CountLaw& law, double horizon) {
  if (law.probability.empty()) return exactly(1, at_once);
  if (mean(law) <= 0) return exactly(0, "no restart is ever counted");
  if (const auto answer = scanned(window, law, true)) return failure_by(*answer, horizon);
  if (const auto answer = by_adjacent_windows(window, law)) return failure_by(*answer, horizon);
  const auto poisson = poisson_equivalent(window, law);
  return for_equivalent_poisson(failure_probability(poisson.window, poisson.rate, horizon), 1);
}

// ---- the reverse question ---------------------------------------------------------------------------------------

// ln P against ln rate is nearly straight with slope R + 1 or less; Illinois' variant of the false position finds the
// crossing in a few steps, and bisection would find it too.
Estimate tolerated_rate(const Window& window, double probability, double horizon) {
  if (probability <= 0 || horizon <= 0) return exactly(horizon <= 0 ? infinity : 0, "no time or no risk is allowed");
  if (probability >= 1) return exactly(infinity, "any risk is allowed");
  if (window.restarts == 0) return exactly(-std::log1p(-probability) / horizon, "the exponential law");
  const double wanted = std::log(probability);
  const auto excess = [&](double log_rate) {
    return std::max(std::log(poisson_failure(window, std::exp(log_rate), horizon, false).value), -1e6) - wanted;
  };
  const double k = static_cast<double>(window.restarts) + 1;
  double low = std::log(k / static_cast<double>(window.seconds + 1)), high = low;
  double below = excess(low), above = below;
  for (double step = 0.5; below > 0; step *= 2) {
    high = low, above = below;
    low -= step, below = excess(low);
  }
  for (double step = 0.5; above < 0; step *= 2) {
    low = high, below = above;
    high += step, above = excess(high);
  }
  int kept = 0;  // how often in a row the same end has moved: then the other end's weight is halved
  for (int i = 0; i < 100 && high - low > 1e-10; ++i) {
    double middle = (low * above - high * below) / (above - below);
    if (!(middle > low && middle < high)) middle = (low + high) / 2;
    const double at = excess(middle);
    if (std::abs(at) < 1e-10) low = high = middle;
    if (at < 0) {
      low = middle, below = at;
      kept = kept < 0 ? kept - 1 : -1;
      if (kept < -1) above /= 2;
    } else {
      high = middle, above = at;
      kept = kept > 0 ? kept + 1 : 1;
      if (kept > 1) below /= 2;
    }
  }
  const double rate = std::exp(low);
  const auto at = poisson_failure(window, rate, horizon, false);
  const double slope = (excess(low + 1e-4) - excess(low - 1e-4)) / 2e-4;
  const auto shifted = [&](double p) { return rate * std::pow(at.value / p, 1 / std::max(slope, 1e-6)); };
  return {rate, at.high > 0 ? shifted(at.high) : rate, at.low > 0 ? shifted(at.low) : infinity, at.method,
          fmt::format("the root of the failure probability, itself by {}", at.because)};
}

std::uint64_t tolerated_simultaneous(const Window& window) { return window.restarts; }

}  // namespace treefall::analyzer
