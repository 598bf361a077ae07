// The choices below are weighted so that supervisors have something to do: nearly every design loses processes.
#include "tests/differential/generate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <random>

namespace treefall::differential {
namespace {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  /// Even, from `low` to `high`.
  int between(int low, int high) {
    return low + static_cast<int>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(int percent) { return between(0, 99) < percent; }
  template <class T>
  const T& one_of(const std::vector<T>& list) {
    return list[static_cast<std::size_t>(between(0, static_cast<int>(list.size()) - 1))];
  }
  std::string word(std::initializer_list<const char*> words) {
    return one_of(std::vector<std::string>(words.begin(), words.end()));
  }

 private:
  std::mt19937_64 engine_;
};

std::string ms(int value) { return fmt::format("@{}@", value); }

class Maker {
 public:
  Maker(std::uint64_t seed, const Palette& palette) : dice_(seed), palette_(palette) {}

  Plan plan() {
    Plan plan;
    plan.elixir = dice_.chance(palette_.elixir_supervisors ? 75 : 50);
    elixir_ = plan.elixir;
    plan.phase_ms = static_cast<std::uint32_t>(dice_.between(0, 19) * 50 + 20);
    plan.start = dice_.word({"permanent", "permanent", "transient", "temporary"});
    plan.root = supervisor(dice_.between(0, 3));
    strip(plan.root, {"restart:", "shutdown:", "significant:"});
    if (names_.empty()) plan.root.children.push_back(worker());
    connect(plan.root);
    for (int i = dice_.between(0, 4); i > 0; --i) plan.traffic.push_back(traffic(i));
    for (int i = dice_.between(1, 6); i > 0; --i) plan.script.push_back(event());
    return plan;
  }

 private:
  static void strip(Child& child, std::initializer_list<const char*> keys) {
    std::erase_if(child.lines, [&](const std::string& line) {
      return std::any_of(keys.begin(), keys.end(), [&](const char* key) { return line.starts_with(key); });
    });
  }

  std::string reason() {
    return dice_.word({"error", "error", "boom", "normal", "shutdown", "shutdown:done", "killed"});
  }

  void common(Child& child, bool significant_allowed) {
    bool permanent = true;
    if (dice_.chance(45)) {
      const std::string restart = dice_.word({"permanent", "transient", "transient", "temporary"});
      child.lines.push_back("restart: " + restart);
      permanent = restart == "permanent";
    }
    if (significant_allowed && !permanent && dice_.chance(60)) child.lines.push_back("significant: true");
  }

  Child supervisor(int levels) {
    Child child;
    child.supervisor = true;
    child.name = fmt::format("S{}", ++supervisors_);
    static_.push_back(child.name);
    const bool automatic = dice_.chance(20);
    child.lines.push_back("strategy: " + dice_.word({"one_for_one", "one_for_all", "rest_for_one"}));
    child.lines.push_back(fmt::format("max_restarts: {}", dice_.between(0, 5)));
    child.lines.push_back(fmt::format("max_seconds: {}", dice_.between(1, 3)));
    if (automatic) child.lines.push_back("auto_shutdown: " + dice_.word({"any_significant", "all_significant"}));
    const int count = dice_.between(1, levels > 0 ? 3 : 4);
    const int nested = levels > 0 ? dice_.between(0, count - 1) : -1;
    for (int i = 0; i < count; ++i) {
      Child below = palette_.elixir_supervisors && dice_.chance(35)   ? of_elixir()
                    : i == nested || (levels > 0 && dice_.chance(15)) ? supervisor(levels - 1)
                                                                      : worker();
      common(below, automatic);
      child.children.push_back(std::move(below));
    }
    return child;
  }

  /// A supervisor that Elixir has besides OTP's own: its children are copies, and have no order but that of their
  /// start.
  Child of_elixir() {
    Child child;
    child.supervisor = true;
    child.name = fmt::format("S{}", ++supervisors_);
    const std::string kind = dice_.word({"dynamic", "dynamic", "partition", "task", "registry", "registry"});
    if (kind == "registry") return registry(std::move(child));
    child.lines.push_back("kind: " + kind);
    child.lines.push_back(fmt::format("max_restarts: {}", dice_.between(0, 5)));
    child.lines.push_back(fmt::format("max_seconds: {}", dice_.between(1, 3)));
    if (kind == "partition") {
      const int count = dice_.between(1, 3);
      child.lines.push_back(fmt::format("partitions: {}", count));
      if (dice_.chance(40)) child.lines.push_back("strategy: " + dice_.word({"one_for_all", "rest_for_one"}));
      child.children.push_back(copies(count, true));
    } else {
      int population = 0;
      const bool simple = kind == "dynamic" && !elixir_;  // simple_one_for_one: one template
      for (int i = simple ? 1 : dice_.between(1, 2); i > 0; --i) {
        const int count = dice_.between(1, 3);
        population += count;
        child.children.push_back(copies(count, false));
        child.children.back().lines.push_back(fmt::format("count: {}", count));
        if (dice_.chance(60)) {
          child.children.back().lines.push_back("restart: " + dice_.word({"permanent", "transient", "temporary"}));
        }
      }
      if (!simple && kind == "dynamic" && dice_.chance(40)) {
        child.lines.push_back(fmt::format("max_children: {}", population + dice_.between(0, 1)));
      }
      if (!simple) open_.push_back(child.name);
    }
    return child;
  }

  /// Elixir's Registry has no budget of its own choosing; workers that are made later register with its partitions.
  Child registry(Child child) {
    child.lines = {dice_.chance(70) ? "strategy: one_for_all" : "strategy: one_for_one", "max_restarts: 3",
                   "max_seconds: 5"};
    for (int i = dice_.between(1, 3); i > 0; --i) {
      Child partition;
      partition.name = fmt::format("W{}", ++workers_);
      partition.lines = {"kind: registry", "traps_exits: true", "handles: {EXIT: 0ms}"};
      partitions_.push_back(partition.name);
      child.children.push_back(std::move(partition));
    }
    return child;
  }

  /// A worker of which there are several: each is known by its number.
  Child copies(int count, bool numbered) {
    Child child = worker();
    if (count == 1 && !numbered) return child;
    names_.pop_back();
    for (int i = 0; i < count; ++i) names_.push_back(fmt::format("\"{}[{}]\"", child.name, i));
    return child;
  }

  std::string init() {
    std::string text;
    if (dice_.chance(55)) text += "takes: " + ms(dice_.between(2, 30) * 10);
    if (dice_.chance(55)) {
      std::string outcomes = dice_.chance(95) ? "ok" : dice_.word({"fail", "ignore"});
      for (int i = dice_.between(1, 5); i > 0; --i)
        outcomes += ", " + dice_.word({"ok", "ok", "fail", "fail", "ignore"});
      text += (text.empty() ? "" : ", ") + std::string("outcomes: [") + outcomes + "]";
    }
    return text;
  }

  /// `answers`: it also gets what its own tasks send, and must not start a new one for each.
  std::string handler(bool answers = false) {
    std::string text;
    const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
    const bool casts = dice_.chance(15);
    // Two that cast to each other and take no time would be busy for ever at one instant.
    if (casts || dice_.chance(70)) add("takes: " + ms(dice_.between(2, 25) * 10));
    if (dice_.chance(15)) add("crashes: always");
    if (dice_.chance(12)) add("exits: " + reason());
    if (dice_.chance(12)) {
      add(fmt::format("tasks: [{{takes: {}, await: {}{}{}}}]", ms(dice_.between(2, 20) * 10),
                      answers || dice_.chance(60) ? ms(dice_.between(5, 25) * 10) : "none",
                      dice_.chance(40) ? ", linked: false" : "", dice_.chance(40) ? ", crashes: always" : ""));
    }
    if (dice_.chance(20)) add("CALLS");
    if (casts) add("CASTS");
    return "{" + text + "}";
  }

  Child worker() {
    Child child;
    child.name = fmt::format("W{}", ++workers_);
    names_.push_back(child.name);
    const bool registers = !partitions_.empty() && dice_.chance(50);
    if (registers) {  // a registry that is restarted at the same instant must be up by then
      child.lines.push_back("init: {takes: " + ms(dice_.between(4, 20) * 10) + "}");
    } else if (dice_.chance(60)) {
      const std::string text = init();
      if (!text.empty()) child.lines.push_back("init: {" + text + "}");
    }
    if (dice_.chance(12))
      child.lines.push_back(fmt::format("continue: {{takes: {}{}}}", ms(dice_.between(2, 20) * 10),
                                        dice_.chance(30) ? ", fails: always" : ""));
    if (dice_.chance(60)) {
      child.lines.push_back("shutdown: " + dice_.word({"brutal_kill", "infinity", "@1@", "@100@", "@250@", "@600@"}));
    }
    if (dice_.chance(40)) {
      child.lines.push_back("traps_exits: true");
      if (dice_.chance(70)) child.lines.push_back("terminate: {takes: " + ms(dice_.between(2, 45) * 10) + "}");
    }
    if (dice_.chance(30)) {
      child.lines.push_back(fmt::format("crashes: {{after: {}, reason: {}}}", ms(dice_.between(20, 150) * 10),
                                        dice_.word({"error", "error", "normal", "shutdown", "killed"})));
    }
    if (dice_.chance(10)) {
      child.lines.push_back(fmt::format("ticks: [{{every: {}, takes: {}}}]", ms(dice_.between(20, 90) * 10),
                                        ms(dice_.between(2, 8) * 10)));
    }
    if (dice_.chance(70)) {
      std::string handles = "any: " + handler(true);
      if (dice_.chance(15)) handles = "other: " + handler();  // anything else is a crash
      if (dice_.chance(30)) handles += ", work: " + handler();
      if (dice_.chance(15)) handles += ", EXIT: " + handler(true);
      child.lines.push_back("handles: {" + handles + "}");
    }
    if (registers) {
      child.lines.push_back("links: [" + dice_.one_of(partitions_) + "]");
    } else if (dice_.chance(15)) {
      child.lines.push_back("links: [LINK]");
    }
    return child;
  }

  /// Calls, casts and links, now that all names are known.
  void connect(Child& child) {
    for (std::string& line : child.lines) {
      replace(line, "LINK", [&] { return other(child.name); });
      replace(line, "CALLS", [&] {
        return fmt::format("calls: [{{to: {}, message: {}, timeout: {}{}}}]", other(child.name), message(),
                           ms(dice_.between(5, 40) * 10),
                           dice_.word({"", ", on_failure: ignore", ", on_failure: {retry: 1}"}));
      });
      replace(line, "CASTS",
              [&] { return fmt::format("casts: [{{to: {}, message: {}}}]", other(child.name), message()); });
    }
    std::erase_if(child.lines, [&](const std::string& line) { return line == "links: [" + child.name + "]"; });
    for (Child& below : child.children) connect(below);
  }

  static void replace(std::string& text, const std::string& mark, const std::function<std::string()>& with) {
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark))
      text.replace(at, mark.size(), with());
  }

  std::string other(const std::string& name) {
    for (int i = 0; i < 5; ++i) {
      const std::string& candidate = dice_.one_of(names_);
      if (candidate != name) return candidate;
    }
    return dice_.one_of(names_);
  }

  std::string message() { return dice_.word({"any", "work", "work", "other"}); }

  std::string moment() { return ms(dice_.between(10, 360) * 10 + dice_.between(0, 9)); }

  std::string traffic(int number) {
    const std::string sends = dice_.word({"call", "cast", "info"});
    std::string text = "{to: " + dice_.one_of(names_) + ", sends: " + sends + ", message: " + message();
    if (sends == "call") {
      text += ", timeout: " + ms(dice_.between(5, 60) * 10);
      if (dice_.chance(25)) text += ", on_timeout: {retry: 1}";
    }
    if (dice_.chance(30)) {
      text += fmt::format(", burst: {{size: {}, every: {}}}", dice_.between(2, 6), ms(dice_.between(60, 250) * 10));
    } else if (dice_.chance(30)) {
      text += ", every: " + ms(dice_.between(15, 100) * 10);
    } else {
      std::string times = moment();
      for (int i = dice_.between(0, 5); i > 0; --i) times += ", " + moment();
      text += ", at: [" + times + "]";
    }
    return fmt::format("c{}: {}}}", number, text);
  }

  std::string event() {
    const std::string& name = dice_.one_of(names_);
    const std::string at = "{at: " + moment() + ", ";
    if (!partitions_.empty() && dice_.chance(35))
      return at + dice_.word({"kill: ", "kill: ", "shutdown: "}) + dice_.one_of(partitions_) + "}";
    switch (dice_.between(0, 11)) {
      case 0:
      case 1:
      case 2:
        return at + "kill: " + name + "}";
      case 3:
      case 4:
        return at + "exit: " + name + ", reason: " + reason() + "}";
      case 5:
        return at + "shutdown: " +
               (dice_.chance(50) && supervisors_ > 1 ? fmt::format("S{}", dice_.between(2, supervisors_)) : name) + "}";
      case 6:
        return at + "send: " + name + ", message: " + message() + ", as: " + dice_.word({"cast", "call", "info"}) + "}";
      case 7:
      case 8:
        return at + "terminate_child: " + name + "}";
      case 9:
        return at + "restart_child: " + name + "}";
      case 10:
        return at + "delete_child: " + name + "}";
      default:
        break;
    }
    Child added = worker();
    common(added, false);
    std::erase_if(added.lines, [](const std::string& line) {
      return line.find("CALLS") != std::string::npos || line.find("CASTS") != std::string::npos ||
             line.find("LINK") != std::string::npos;
    });
    std::string child = "{worker: " + added.name;
    for (const std::string& line : added.lines) child += ", " + line;
    const std::vector<std::string>& takers = !open_.empty() && dice_.chance(60) ? open_ : static_;
    return at + fmt::format("start_child: {}, child: {}}}}}", dice_.one_of(takers), child);
  }

  Dice dice_;
  Palette palette_;
  bool elixir_ = true;
  int supervisors_ = 0;
  int workers_ = 0;
  std::vector<std::string> names_;       // of workers, as references
  std::vector<std::string> static_;      // supervisors with a list of children
  std::vector<std::string> open_;        // supervisors that take any child at any time
  std::vector<std::string> partitions_;  // of registries, so far
};

}  // namespace

Plan generate(std::uint64_t seed, const Palette& palette) { return Maker(seed, palette).plan(); }

}  // namespace treefall::differential
