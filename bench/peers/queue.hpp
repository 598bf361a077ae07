// What the C++ programs (C++17: ns-3's headers are no C++20) of this folder share: the parameters of the queue, random
// numbers that cost next to nothing beside an event of theirs, and the counts by which the driver sees that all of them
// ran the same model.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace queue {

constexpr double arrival_rate = 80;  // a second
constexpr double service_rate = 100;
constexpr double crash_rate = 1;  // while the server is up
constexpr double restart_rate = 100;

/// xoshiro256++, seeded by SplitMix64 (Blackman & Vigna 2021).
class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      std::uint64_t z = (seed += 0x9e3779b97f4a7c15u);
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
      word = z ^ (z >> 31);
    }
  }
  double exponential(double rate) { return -std::log(static_cast<double>((next() >> 11) + 1) * 0x1p-53) / rate; }

 private:
  static std::uint64_t rotated(std::uint64_t bits, int by) { return bits << by | bits >> (64 - by); }
  std::uint64_t next() {
    const std::uint64_t result = rotated(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotated(state_[3], 45);
    return result;
  }
  std::uint64_t state_[4];
};

struct Counts {
  std::uint64_t arrivals = 0;
  std::uint64_t handled = 0;
  std::uint64_t lost = 0;
  std::uint64_t crashes = 0;
  std::uint64_t restarts = 0;
  std::uint64_t waiting = 0;  // messages in the mailbox, without the one in service
  double integral = 0;        // of `waiting` over time
  double since = 0;

  void wait(double now, std::uint64_t number) {
    integral += static_cast<double>(waiting) * (now - since);
    since = now;
    waiting = number;
  }
  void print(double horizon) const {
    std::printf(
        "{\"arrivals\": %llu, \"handled\": %llu, \"lost\": %llu, \"crashes\": %llu, \"restarts\": %llu, "
        "\"queue\": %.9g}\n",
        static_cast<unsigned long long>(arrivals), static_cast<unsigned long long>(handled),
        static_cast<unsigned long long>(lost), static_cast<unsigned long long>(crashes),
        static_cast<unsigned long long>(restarts), integral / horizon);
  }
};

}  // namespace queue
