// Messages and mailboxes: 28 bytes a message in one pool, mailboxes as lists through it. Nothing is allocated per
// message once the pool has grown to the most that were ever queued.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/types.hpp"

namespace treefall::runtime {

enum class MessageKind : std::uint8_t {
  // to workers (calls also to supervisors)
  call,
  cast,
  info,
  tick,         // data: which
  exit_signal,  // from a linked process, trapped
  down,         // the end of a task: its DOWN, or its exit signal where that is trapped
  task_reply,
  parent_exit,  // the parent told it to shut down, or died; data: the reason
  // to supervisors
  child_exit,  // from: the child, ref: its generation, data: the reason
  retry,       // {try_again_restart, child}; from: the child
  populate,    // the next of the population of a dynamic supervisor
  start_child,
  terminate_child,
  restart_child,
  delete_child,
};

/// Packed: 8-byte alignment would add 4 bytes of nothing to each of millions.
struct [[gnu::packed, gnu::aligned(4)]] Message {
  Time sent = 0;
  std::uint32_t next = none;
  std::uint32_t from = none;  // slot, or `outside` and which traffic
  std::uint32_t ref = 0;      // of a call
  std::uint32_t data = 0;     // of a call: the caller's generation
  std::uint16_t name = 0;
  MessageKind kind = MessageKind::cast;
  bool redeliver = false;  // an outside queue hands it out again if its taker dies with it
};
static_assert(sizeof(Message) == 28);

inline constexpr std::uint32_t outside = 0x80000000;

/// Pending messages above which an execution stops: nearly half a GiB of them, in each thread.
inline constexpr std::size_t most_messages = std::size_t{1} << 24;

class MessagePool {
 public:
  void clear() {
    messages_.clear();
    free_ = none;
  }
  Message& operator[](std::uint32_t index) { return messages_[index]; }
  /// Room for one more; what it holds is to be set.
  std::uint32_t obtain() {
    if (free_ == none) return grow();
    const std::uint32_t index = free_;
    free_ = messages_[index].next;
    return index;
  }
  void remove(std::uint32_t index) {
    messages_[index].next = free_;
    free_ = index;
  }
  std::size_t size() const { return messages_.size(); }

 private:
  std::uint32_t grow() {
    // By an eighth, not to the double: a million messages take 31 bytes each at most, not 55.
    if (messages_.size() == messages_.capacity()) messages_.reserve(messages_.size() + messages_.size() / 8 + 16);
    messages_.emplace_back();
    return static_cast<std::uint32_t>(messages_.size() - 1);
  }
  std::vector<Message> messages_;
  std::uint32_t free_ = none;
};

struct Mailbox {
  std::uint32_t head = none;
  std::uint32_t tail = none;
  std::uint32_t length = 0;

  void append(MessagePool& pool, std::uint32_t message) {
    pool[message].next = none;
    if (tail == none) {
      head = message;
    } else {
      pool[tail].next = message;
    }
    tail = message;
    ++length;
  }
  std::uint32_t take(MessagePool& pool) {
    const std::uint32_t message = head;
    head = pool[message].next;
    if (head == none) tail = none;
    --length;
    return message;
  }
};

}  // namespace treefall::runtime
