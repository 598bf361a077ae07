// The mean is the area under the product-limit estimate of the survival function (Kaplan & Meier 1958) with Greenwood's
// variance: without lives that were cut off, the plain mean. Lifetimes are skew, the more the fewer restarts are
// allowed and the more the gaps between crashes scatter, and Student's interval is then too short above: it is
// corrected for the skewness that was seen (Hall, On the removal of skewness by transformation, JRSS B 54, 1992). Where
// that is too large for such a correction, a few lives carry the mean and longer ones are still to come; where the last
// lives were all cut off, how long they would have been is not known. In both cases the upper end is open: the mean of
// what was seen is still less than the mean (E[min(T, L)] <= E[T]).
#include "runtime/lives.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "runtime/measure.hpp"
#include "runtime/statistics.hpp"
#include "runtime/threads.hpp"

namespace treefall::runtime {
namespace {

constexpr double no_bound = std::numeric_limits<double>::infinity();
constexpr double tail_not_seen = 0.005;  // of lives
constexpr std::uint64_t few_lives = 30;

/// Where the product-limit estimate steps down.
struct Drop {
  double at = 0;       // seconds
  double survive = 1;  // from there on
  double weight = 0;   // by how much it steps down
  double scatter = 0;  // d / (r (r - d)), Greenwood
  double area = 0;     // under the estimate from there on
};

struct Curve {
  std::vector<Drop> steps;
  double mean = 0;
  double unseen = 0;  // the share that was not seen to end, or ended among the last of those cut off
};

Curve curve_of(std::vector<Life>& lives) {
  std::sort(lives.begin(), lives.end(), [](const Life& a, const Life& b) {
    return a.length != b.length ? a.length < b.length : a.gave_up > b.gave_up;
  });
  Curve curve;
  double survive = 1;
  double last = 0;
  bool cut = false;
  for (std::size_t i = 0; i < lives.size();) {
    std::size_t next = i;
    double ended = 0;
    for (; next < lives.size() && lives[next].length == lives[i].length; ++next) {
      ended += lives[next].gave_up ? 1 : 0;
      cut = cut || !lives[next].gave_up;
    }
    const double at = static_cast<double>(lives[i].length) * 1e-9;
    curve.mean += survive * (at - last);
    last = at;
    const auto at_risk = static_cast<double>(lives.size() - i);
    if (ended > 0) {
      const double down = survive * ended / at_risk;
      if (next == lives.size() && cut) curve.unseen = survive;
      survive -= down;
      if (ended == at_risk) survive = 0;
      const double scatter = ended < at_risk ? ended / (at_risk * (at_risk - ended)) : 0;
      curve.steps.push_back({at, survive, down, scatter, 0});
    }
    i = next;
  }
  if (survive > 0) curve.unseen = std::max(curve.unseen, survive);
  double area = survive * (last - (curve.steps.empty() ? 0 : curve.steps.back().at));
  for (std::size_t i = curve.steps.size(); i-- > 0;) {
    curve.steps[i].area = area;
    if (i > 0) area += curve.steps[i - 1].survive * (curve.steps[i].at - curve.steps[i - 1].at);
  }
  return curve;
}

}  // namespace

std::optional<MeanLife> mean_life(std::vector<Life> lives, double confidence) {
  std::erase_if(lives, [](const Life& life) { return life.length == 0 && !life.gave_up; });
  const Curve curve = curve_of(lives);
  if (curve.steps.empty()) return std::nullopt;
  MeanLife result;
  result.value = curve.mean;
  for (const Life& life : lives) result.gave_up += life.gave_up ? 1 : 0;
  double error = 0;
  double second = 0;
  double third = 0;
  for (const Drop& step : curve.steps) {
    error += step.area * step.area * step.scatter;
    const double off = step.at - curve.mean;
    second += step.weight * off * off;
    third += step.weight * off * off * off;
  }
  const auto ended = static_cast<double>(result.gave_up);
  const bool same = curve.steps.size() == 1 && curve.unseen == 0;  // all lives are equal: there is no chance in them
  error = ended > 1 ? std::sqrt(error * ended / (ended - 1)) : 0;
  const double skew = second > 0 && error > 0 ? third / std::pow(second, 1.5) * error / std::sqrt(second) : 0;
  if (!same && result.gave_up < few_lives)
    result.doubt = "too few lives came to their end";
  else if (curve.unseen > tail_not_seen)
    result.doubt = "the longest lives end in another way first";
  else if (skew > most_skew)
    result.doubt = "lives scatter so widely that a few of them carry the mean";
  if (!same && result.gave_up < 2) {
    result.high = no_bound;
    return result;
  }
  const Interval interval = same ? Interval{result.value, result.value}
                            : result.doubt.empty()
                                ? around_skewed(result.value, error, result.gave_up, skew, confidence)
                                : around(result.value, error, result.gave_up, confidence);
  result.low = std::max(0.0, interval.low);
  result.high = result.doubt.empty() ? interval.high : no_bound;
  return result;
}

Lifetimes::Lifetimes(const spec::Design& design, const std::vector<spec::Subject>& subjects, std::uint64_t seed,
                     unsigned jobs, std::uint64_t events)
    : design_(design),
      model_(compile(design_)),
      subjects_(subjects),
      seed_(seed),
      jobs_(std::max(jobs, 1u)),
      most_events_(events),
      lives_(subjects.size()) {
  const auto places = static_cast<std::uint32_t>(model_.places.size());
  for (const spec::Subject& subject : subjects_) {
    watched_.push_back(none);
    if (const auto* application = std::get_if<spec::ApplicationSubject>(&subject)) {
      watched_.back() = places + application->application;
    } else if (const auto* target = std::get_if<spec::Target>(&subject)) {
      const NodeInfo& node = model_.nodes[target->node];
      if (node.supervisor && node.slots.count > 0 && (node.slots.count == 1 || !model_.told_apart[target->node]))
        watched_.back() = model_.slots_of_node[node.slots.first];
    }
  }
}

Lifetimes::Replica Lifetimes::play_one(Execution& x, std::uint64_t replica, const std::atomic<bool>& stop) const {
  FirstLives first;
  first.seen.resize(model_.places.size() + model_.applications.size());
  for (const std::uint32_t place : watched_) {
    if (place == none || first.seen[place].how == FirstLives::How::lives) continue;
    first.seen[place].how = FirstLives::How::lives;
    ++first.open;
  }
  reset(x, seed_, replica, never);
  x.first_lives = &first;
  struct Limit {
    const Execution& x;
    const std::atomic<bool>& stop;
    std::uint64_t most;
  } const limit = {x, stop, most_events_};
  play(
      x,
      [](const void* asked) {
        const auto* limited = static_cast<const Limit*>(asked);
        return limited->stop.load() || limited->x.events > limited->most;
      },
      &limit);
  x.first_lives = nullptr;
  Replica result;
  result.events = x.events;
  result.whole = !stop.load();
  result.trouble = x.trouble != nullptr;
  for (const std::uint32_t place : watched_) {
    if (place == none) {
      result.lives.emplace_back();
      continue;
    }
    const FirstLives::Seen& seen = first.seen[place];
    result.lives.push_back({seen.length, seen.how == FirstLives::How::gave_up});
    if (seen.how != FirstLives::How::lives) continue;
    const Slot slot = place < x.processes.size() ? place : model_.applications[place - x.processes.size()].root;
    const Process& process = x.processes[slot];
    if (process.status != Status::down && process.generation == 1) result.lives.back().length = x.now - process.since;
  }
  return result;
}

void Lifetimes::extend(std::uint64_t replicas, const std::atomic<bool>& stop) {
  if (replicas <= replicas_ || troubled_) return;
  std::vector<Replica> played(replicas - replicas_);
  std::atomic<std::size_t> next{0};
  on_threads(static_cast<unsigned>(std::min<std::uint64_t>(jobs_, played.size())), [&](unsigned) {
    const auto x = std::make_unique<Execution>(model_, nullptr);
    for (std::size_t i = next++; i < played.size() && !stop; i = next++) played[i] = play_one(*x, replicas_ + i, stop);
  });
  for (const Replica& one : played) {
    events_ += one.events;
    troubled_ = one.trouble;
    if (!one.whole || one.trouble) return;
    for (std::size_t i = 0; i < subjects_.size(); ++i) lives_[i].push_back(one.lives[i]);
    ++replicas_;
  }
}

std::optional<Lifetimes::Found> Lifetimes::measure(std::size_t subject, double confidence) const {
  if (watched_[subject] == none) return std::nullopt;
  const std::optional<MeanLife> mean = mean_life(lives_[subject], confidence);
  if (!mean) return std::nullopt;
  Measurement measured;
  measured.subject = subjects_[subject];
  measured.quantity = spec::Quantity::mean_time_to_failure;
  measured.value = mean->value;
  measured.low = mean->low;
  measured.high = mean->high;
  measured.confidence = confidence;
  measured.samples = mean->gave_up;
  measured.splitting = fmt::format("by {} lives, executed to their end", mean->gave_up);
  return Found{measured, mean->doubt};
}

}  // namespace treefall::runtime
