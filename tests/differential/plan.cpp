#include "tests/differential/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <random>
#include <set>

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

/// Keeps of a plan what is not gone; numbers its parts in a fixed order.
struct Sieve {
  const std::set<std::size_t>& gone;
  std::size_t next = 0;

  template <class Element, class Function>
  std::vector<Element> sifted(const std::vector<Element>& list, const Function& inside) {
    std::vector<Element> kept;
    for (const Element& element : list) {
      const bool goes = gone.contains(next++);
      Element sieved = inside(element);  // counts the parts inside of what goes, too
      if (!goes) kept.push_back(std::move(sieved));
    }
    return kept;
  }
  std::vector<std::string> sifted(const std::vector<std::string>& lines) {
    return sifted(lines, [](const std::string& line) { return line; });
  }
  Child sifted(const Child& child) {
    Child less = child;
    less.lines = sifted(child.lines);
    less.children = sifted(child.children, [this](const Child& below) { return sifted(below); });
    return less;
  }
  Plan sifted(const Plan& plan) {
    Plan less = plan;
    less.script = sifted(plan.script);
    less.traffic = sifted(plan.traffic);
    less.root = sifted(plan.root);
    return less;
  }
};

/// Puts something in place of each marked duration; `with` gets the duration in ms and what stands before it.
using Replacement = std::function<std::string(long, std::string_view)>;
std::string replace_marks(const std::string& text, const Replacement& with) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t mark = text.find('@', at);
    if (mark == std::string::npos) return out + text.substr(at);
    const std::size_t end = text.find('@', mark + 1);
    out += text.substr(at, mark - at);
    out += with(std::atol(text.substr(mark + 1, end - mark - 1).c_str()), out);
    at = end + 1;
  }
  return out;
}

void replace_marks(Child& child, const Replacement& with) {
  for (std::string& line : child.lines) line = replace_marks(line, with);
  for (Child& below : child.children) replace_marks(below, with);
}

/// What is so short is short on purpose.
constexpr long shortest_ms = 8;

/// The YAML; `us` gets each duration in ms and what stands before it, and says it in microseconds.
std::string rendered(const Plan& plan, const std::function<long(long, std::string_view)>& us) {
  std::string text =
      fmt::format("treefall: 1\nname: generated\ndialect: {}\nhorizon: {}ms\nclock_phase: {}ms\napplication: {}\n",
                  plan.elixir ? "elixir" : "erlang", played_ms, plan.phase_ms, plan.start);
  if (!plan.traffic.empty()) text += "traffic:\n";
  for (const std::string& line : plan.traffic) text += "  " + line + "\n";
  if (!plan.script.empty()) text += "script:\n";
  for (const std::string& line : plan.script) text += "  - " + line + "\n";
  render(text, plan.root, 0);
  return replace_marks(text, [&](long ms, std::string_view before) {
    const long duration = us(ms, before);
    return duration % 1000 == 0 ? fmt::format("{}ms", duration / 1000) : fmt::format("{}us", duration);
  });
}

}  // namespace

std::string to_yaml(const Plan& plan, std::uint64_t jitter) {
  std::mt19937_64 late(jitter);
  return rendered(plan, [&](long ms, std::string_view before) {
    if (jitter == 0 || ms <= shortest_ms) return ms * 1000;
    const bool adds_up = before.ends_with("every: ");
    return ms * 1000 + (static_cast<long>(late() % 15000) - 7000) / (adds_up ? 3 : 1);
  });
}

std::string to_yaml_moved(const Plan& plan, std::uint64_t jitter) {
  std::mt19937_64 late(jitter);
  return rendered(plan, [&](long ms, std::string_view) {
    return ms <= shortest_ms ? ms * 1000 : (ms + static_cast<long>(late() % 9) - 4) * 1000;
  });
}

Plan retimed(const Plan& plan, std::uint64_t attempt) {
  Plan other = plan;
  if (attempt == 0) return other;
  std::mt19937_64 dice(attempt);
  const auto moved = [&](long ms, std::string_view) {
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

std::size_t parts(const Plan& plan) {
  const std::set<std::size_t> nothing;
  Sieve sieve{nothing};
  sieve.sifted(plan);
  return sieve.next;
}

Plan without(const Plan& plan, const std::set<std::size_t>& gone) { return Sieve{gone}.sifted(plan); }

}  // namespace treefall::differential
