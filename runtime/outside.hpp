// The state of what is outside the trees: clients and faults.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/sampling.hpp"
#include "runtime/types.hpp"

namespace treefall::runtime {

enum class ClientState : std::uint8_t { pending, done };
struct ClientCall {
  Time deadline = never;
  Slot callee = no_slot;
  std::uint32_t retries_left = 0;
  ClientState state = ClientState::done;
};

struct TrafficState {
  Source arrivals;
  Stream pick;
  std::uint32_t ticket = 0;
  std::uint32_t burst_ticket = 0;
  std::uint32_t deadline_ticket = 0;
  std::uint64_t left = 0;       // of the burst that is being sent
  std::uint32_t next_time = 0;  // of `at`
  std::uint32_t era = 0;        // of a closed loop limited to a fault
  bool active = false;
  // Calls that have not ended, oldest first: all wait equally long, so their deadlines come in order.
  std::vector<ClientCall> calls;  // a ring; its size is a power of two
  std::uint32_t oldest = 0;
  std::uint32_t newest = 0;  // one past
};
struct FaultState {
  Stream turns;
  bool lasts = false;
  std::uint32_t next_outage = 0;
  Time end = 0;
};
struct Redelivery {
  std::uint32_t traffic = 0;
  Slot to = no_slot;
};

}  // namespace treefall::runtime
