#include "tests/differential/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <random>

namespace treefall::differential {
namespace {

void render(std::string& out, const Child& child, int depth) {
  const std::string indent(static_cast<std::size_t>(depth) * 4, ' ');
  if (depth == 0) {
    out += "tree:\n  supervisor: " + child.name + "\n";
    for (const std::string& line : child.lines) out += "  " + line + "\n";
  } else {
    out += indent + "- " + (child.supervisor ? "supervisor: " : "worker: ") + child.name + "\n";
    for (const std::string& line : child.lines) out += indent + "  " + line + "\n";
  }
  if (!child.supervisor) return;
  out += indent + "  children:" + (child.children.empty() ? " []\n" : "\n");
  for (const Child& below : child.children) render(out, below, depth + 1);
}

template <class List, class Function>
void without_each(const List& list, const Function& use) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    List rest = list;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    use(rest);
  }
}

void smaller_children(const Child& child, const std::function<void(Child)>& use) {
  without_each(child.children, [&](const std::vector<Child>& rest) {
    Child less = child;
    less.children = rest;
    use(less);
  });
  without_each(child.lines, [&](const std::vector<std::string>& rest) {
    Child less = child;
    less.lines = rest;
    use(less);
  });
  for (std::size_t i = 0; i < child.children.size(); ++i) {
    smaller_children(child.children[i], [&](const Child& below) {
      Child less = child;
      less.children[i] = below;
      use(less);
    });
  }
}

/// Puts something in place of each marked duration.
std::string replace_marks(const std::string& text, const std::function<std::string(long)>& with) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t mark = text.find('@', at);
    if (mark == std::string::npos) return out + text.substr(at);
    const std::size_t end = text.find('@', mark + 1);
    out += text.substr(at, mark - at) + with(std::atol(text.substr(mark + 1, end - mark - 1).c_str()));
    at = end + 1;
  }
  return out;
}

void replace_marks(Child& child, const std::function<std::string(long)>& with) {
  for (std::string& line : child.lines) line = replace_marks(line, with);
  for (Child& below : child.children) replace_marks(below, with);
}

/// What is so short is short on purpose.
constexpr long shortest_ms = 8;

}  // namespace

std::string to_yaml(const Plan& plan, std::uint64_t jitter) {
  std::string text =
      fmt::format("treefall: 1\nname: generated\ndialect: {}\nhorizon: {}ms\nclock_phase: {}ms\napplication: {}\n",
                  plan.elixir ? "elixir" : "erlang", played_ms, plan.phase_ms, plan.start);
  if (!plan.traffic.empty()) text += "traffic:\n";
  for (const std::string& line : plan.traffic) text += "  " + line + "\n";
  if (!plan.script.empty()) text += "script:\n";
  for (const std::string& line : plan.script) text += "  - " + line + "\n";
  render(text, plan.root, 0);
  std::mt19937_64 late(jitter);
  return replace_marks(text, [&](long ms) {
    long us = ms * 1000;
    if (jitter != 0 && ms > shortest_ms) us += static_cast<long>(late() % 15000) - 7000;
    return us % 1000 == 0 ? fmt::format("{}ms", us / 1000) : fmt::format("{}us", us);
  });
}

Plan retimed(const Plan& plan, std::uint64_t attempt) {
  Plan other = plan;
  if (attempt == 0) return other;
  std::mt19937_64 dice(attempt);
  const auto moved = [&](long ms) {
    if (ms <= shortest_ms) return fmt::format("@{}@", ms);
    const long reach = 12 + ms / 6;
    return fmt::format(
        "@{}@", std::max(20L, ms - reach + static_cast<long>(dice() % static_cast<unsigned long>(2 * reach + 1))));
  };
  for (std::string& line : other.traffic) line = replace_marks(line, moved);
  for (std::string& line : other.script) line = replace_marks(line, moved);
  replace_marks(other.root, moved);
  return other;
}

std::vector<Plan> smaller(const Plan& plan) {
  std::vector<Plan> plans;
  without_each(plan.script, [&](const std::vector<std::string>& rest) {
    plans.push_back(plan);
    plans.back().script = rest;
  });
  without_each(plan.traffic, [&](const std::vector<std::string>& rest) {
    plans.push_back(plan);
    plans.back().traffic = rest;
  });
  smaller_children(plan.root, [&](const Child& root) {
    plans.push_back(plan);
    plans.back().root = root;
  });
  return plans;
}

}  // namespace treefall::differential
