// The quantities that are ratios, and how they are collected batch by batch.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "runtime/moments.hpp"

namespace treefall::runtime {

/// Quantities that are something counted or integrated over an exposure.
enum class Ratio : std::uint8_t {
  availability,    // time up, of the time that the node was to last
  utilisation,     // time busy, of the time up
  throughput,      // messages handled, a second of node time
  mean_wait,       // time in the mailbox, a message taken up
  timeouts,        // timeouts, a call
  crash_rate,      // a second of node time
  restart_rate,    // a second of node time
  lost,            // messages, a second of node time
  lost_per_crash,  // messages, a crash
  mailbox_length,  // time messages spent in the mailbox, of the node's time
  mailbox_growth,  // messages left at the end, in the time they gathered
  failure_rate,    // giving up, in the time of all incarnations until then
  life,            // of the incarnations that gave up
  boot_time,       // a boot
  shutdown_time,   // an orderly stop
};
inline constexpr std::size_t ratio_count = 15;

struct Pair {
  Wide x = 0;
  Wide t = 0;
};
using Pairs = std::array<Pair, ratio_count>;

/// The state of the batches of a replica: each tally's pairs at the last boundary, and the moments so far.
struct Batches {
  std::vector<Pairs> before;
  std::vector<std::array<Moments, ratio_count>> moments;
};

}  // namespace treefall::runtime
