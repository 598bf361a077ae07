// Who is linked to whom: a list at each process, in the order in which its links were made.
#include "runtime/exit.hpp"
#include "runtime/surroundings.hpp"
#include "runtime/worker.hpp"

namespace treefall::runtime {
namespace {

void free_link(Execution& x, std::uint32_t index) {
  x.links[index].next = x.free_link;
  x.free_link = index;
}

void add_link(Execution& x, Slot slot, Slot peer, std::uint32_t generation) {
  std::uint32_t index = x.free_link;
  if (index == none) {
    index = static_cast<std::uint32_t>(x.links.size());
    x.links.emplace_back();
  } else {
    x.free_link = x.links[index].next;
  }
  x.links[index] = {peer, generation, none};
  std::uint32_t* at = &x.processes[slot].links;  // at the end: signals go in the order of creation
  while (*at != none) at = &x.links[*at].next;
  *at = index;
}

void remove_link(Execution& x, Slot slot, Slot peer) {
  for (std::uint32_t* at = &x.processes[slot].links; *at != none; at = &x.links[*at].next) {
    const std::uint32_t index = *at;
    if (x.links[index].peer != peer || x.links[index].generation == 0) continue;
    *at = x.links[index].next;
    free_link(x, index);
    return;
  }
}

/// Two processes have one link at most, whoever asked for it and how often.
bool is_linked(const Execution& x, Slot slot, Slot peer) {
  for (std::uint32_t at = x.processes[slot].links; at != none; at = x.links[at].next) {
    const Link& link = x.links[at];
    if (link.peer == peer && link.generation == x.processes[peer].generation) return true;
  }
  return false;
}

/// The peer that the asker found missing at its own start has come up.
void make_pending_link(Execution& x, Slot asker, Slot peer) {
  for (std::uint32_t* at = &x.processes[asker].links; *at != none; at = &x.links[*at].next) {
    const std::uint32_t index = *at;
    if (x.links[index].peer != peer || x.links[index].generation != 0) continue;
    if (is_linked(x, asker, peer)) {  // the peer has asked for it, too
      *at = x.links[index].next;
      free_link(x, index);
    } else {
      x.links[index].generation = x.processes[peer].generation;
      add_link(x, peer, asker, x.processes[asker].generation);
    }
    return;
  }
}

}  // namespace

void make_link(Execution& x, Slot slot, Slot peer) {
  if (slot == peer) return;
  Process& other = x.processes[peer];
  if (other.status == Status::down) {
    add_link(x, slot, peer, 0);
    return;
  }
  if (is_linked(x, slot, peer)) return;
  add_link(x, slot, peer, other.generation);
  add_link(x, peer, slot, x.processes[slot].generation);
}

void link_at_start(Execution& x, Slot slot) {
  const NodeInfo& node = x.node(slot);
  Stream& pick = x.stream_of(x.node(slot).id, Purpose::pick);
  for (const std::uint32_t link : node.links) make_link(x, slot, resolve(x, link, slot, pick));
  for (const std::uint32_t other : node.linked_by) {
    const Range slots = x.model.nodes[other].slots;
    for (std::uint32_t i = 0; i < slots.count; ++i) {
      const Slot asker = x.model.slots_of_node[slots.first + i];
      if (x.processes[asker].up) make_pending_link(x, asker, slot);
    }
  }
}

std::vector<Link> take_links(Execution& x, Slot slot) {
  Process& process = x.processes[slot];
  std::vector<Link> peers;
  for (std::uint32_t at = process.links; at != none;) {
    const Link link = x.links[at];
    if (link.generation != 0) peers.push_back(link);
    free_link(x, at);
    at = link.next;
  }
  process.links = none;
  std::erase_if(peers, [&x](const Link& link) {
    const Process& peer = x.processes[link.peer];
    return peer.status == Status::down || peer.generation != link.generation;
  });
  for (const Link& link : peers) remove_link(x, link.peer, slot);
  return peers;
}

}  // namespace treefall::runtime
