// Maps from questions to answers.
#include "analyzer/remembered.hpp"

#include "analyzer/budgets.hpp"

namespace treefall::analyzer {

namespace {

template <class Known, class Key, class Compute>
const auto& found(Known& known, const Key& key, const Compute& compute) {
  auto at = known.find(key);
  if (at == known.end()) at = known.emplace(key, compute()).first;
  return at->second;
}

}  // namespace

const Judged& Remembered::judged(const Window& window, double rate, double horizon,
                                 const std::function<Judged()>& compute) {
  return found(judged_, Asked{window.restarts, window.seconds, rate, horizon}, compute);
}

const Estimate& Remembered::tolerated_rate(const Window& window, double horizon) {
  return found(tolerated_, Asked{window.restarts, window.seconds, 0, horizon},
               [&] { return analyzer::tolerated_rate(window, tolerated, horizon); });
}

const Clump& Remembered::clump(const LateCalls& calls, double window, std::size_t most) {
  auto numbers = calls.present;
  numbers.insert(numbers.end(), {calls.mean_service, calls.timeout, calls.share});
  return found(clumps_, AskedClump{std::move(numbers), window, most}, [&] { return clump_of(calls, window, most); });
}

}  // namespace treefall::analyzer
