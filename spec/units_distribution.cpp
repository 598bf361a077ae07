// Distributions as text: `NAME(ARGUMENT …)`, arguments separated by blanks or commas.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "spec/nearest.hpp"
#include "spec/units.hpp"

namespace treefall::spec {

namespace {

struct Family {
  std::string_view name;
  std::string_view form;  // as it is written
  std::size_t arguments;  // 0: one or more
};

constexpr std::array<Family, 8> families{{{"constant", "constant(DURATION)", 1},
                                          {"exp", "exp(MEAN)", 1},
                                          {"uniform", "uniform(LOW HIGH)", 2},
                                          {"normal", "normal(MEAN SD)", 2},
                                          {"lognormal", "lognormal(MEDIAN P99)", 2},
                                          {"erlang", "erlang(K MEAN)", 2},
                                          {"weibull", "weibull(SHAPE SCALE)", 2},
                                          {"empirical", "empirical(D1 D2 …)", 0}}};

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t\r\n,", at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n,", at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end;
  }
  return parts;
}

Complaint torn(std::string_view text) {
  return {"torn-distribution", fmt::format("a comma has torn this distribution apart: only `{}` is left", text),
          "inside `{ }` and `[ ]` a comma ends the value; separate the arguments with spaces, `uniform(1ms 5ms)`"};
}

Complaint unknown_family(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Family& family : families) names.push_back(family.name);
  Complaint complaint{"bad-value", fmt::format("unknown distribution `{}`", name),
                      fmt::format("the distributions are {}", fmt::join(names, ", "))};
  if (const auto near = name == "exponential" ? std::optional<std::string_view>("exp") : nearest(name, names)) {
    complaint.help = fmt::format("did you mean `{}`?", *near);
  }
  return complaint;
}

/// Reads arguments one by one; the first complaint stays.
class Arguments {
 public:
  explicit Arguments(std::vector<std::string_view> parts) : parts_(std::move(parts)) {}
  double duration(std::size_t i) {
    const auto parsed = parse_duration(parts_[i]);
    if (!parsed) return complain(parsed.complaint());
    return in_seconds(*parsed);
  }
  double positive_duration(std::size_t i) {
    const double value = duration(i);
    return value > 0 ? value : complain({"bad-value", fmt::format("`{}` must be more than 0", parts_[i]), ""});
  }
  double positive_number(std::size_t i) {
    const auto parsed = parse_number(parts_[i]);
    if (!parsed) return complain(parsed.complaint());
    return *parsed > 0 ? *parsed : complain({"bad-value", fmt::format("`{}` must be more than 0", parts_[i]), ""});
  }
  int stages(std::size_t i) {
    const auto parsed = parse_whole(parts_[i], 1, 1'000'000);
    return parsed ? static_cast<int>(*parsed) : static_cast<int>(complain(parsed.complaint()));
  }
  /// The second must not be below the first.
  void ascending(double low, double high, std::string_view what) {
    if (low > high)
      complain({"bad-value", fmt::format("{}: `{}` is below `{}`", what, parts_[1], parts_[0]),
                "the larger one comes last"});
  }
  std::size_t size() const { return parts_.size(); }
  Parsed<Distribution> result(Distribution distribution) const {
    if (first_) return *first_;
    return distribution;
  }

 private:
  double complain(Complaint complaint) {
    if (!first_) first_ = std::move(complaint);
    return 1;
  }
  std::vector<std::string_view> parts_;
  std::optional<Complaint> first_;
};

Parsed<Distribution> make(const Family& family, Arguments a) {
  if (family.name == "constant") return a.result(Constant{a.duration(0)});
  if (family.name == "exp") {
    const double mean = a.positive_duration(0);
    return a.result(Exponential{mean});
  }
  if (family.name == "uniform") {
    const Uniform u{a.duration(0), a.duration(1)};
    a.ascending(u.low, u.high, "the bounds are in the wrong order");
    return a.result(u);
  }
  if (family.name == "normal") {
    const Normal n{a.duration(0), a.positive_duration(1)};
    return a.result(n);
  }
  if (family.name == "lognormal") {
    const LogNormal l{a.positive_duration(0), a.positive_duration(1)};
    a.ascending(l.median, l.p99, "the 99th percentile is below the median");
    return a.result(l);
  }
  if (family.name == "erlang") {
    const Erlang e{a.stages(0), a.positive_duration(1)};
    return a.result(e);
  }
  if (family.name == "weibull") {
    const Weibull w{a.positive_number(0), a.positive_duration(1)};
    return a.result(w);
  }
  Empirical e;
  for (std::size_t i = 0; i < a.size(); ++i) e.values.push_back(a.duration(i));
  return a.result(std::move(e));
}

}  // namespace

bool is_torn(std::string_view text) {
  return std::count(text.begin(), text.end(), '(') > std::count(text.begin(), text.end(), ')');
}

Parsed<Distribution> parse_distribution(std::string_view text) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) {
    const auto duration = parse_duration(text);
    if (duration) return Distribution{Constant{in_seconds(*duration)}};
    Complaint complaint = duration.complaint();
    if (complaint.rule == "wrong-type") {
      complaint.message = fmt::format("`{}` is neither a duration nor a distribution", text);
      complaint.help = "write `5ms`, `exp(5ms)`, `uniform(1ms 5ms)`, …";
    }
    return complaint;
  }
  if (is_torn(text)) return torn(text);
  const std::string_view name = text.substr(0, open);
  const auto family = std::find_if(families.begin(), families.end(), [&](const Family& f) { return f.name == name; });
  if (family == families.end()) return unknown_family(name);
  if (text.back() != ')')
    return Complaint{"bad-value", fmt::format("`{}` does not end with its bracket", text),
                     fmt::format("write `{}`", family->form)};
  Arguments arguments(split(text.substr(open + 1, text.size() - open - 2)));
  if (family->arguments == 0 ? arguments.size() == 0 : arguments.size() != family->arguments) {
    return Complaint{"bad-value",
                     fmt::format("`{}` has {} argument{}", text, arguments.size(), arguments.size() == 1 ? "" : "s"),
                     fmt::format("write `{}`", family->form)};
  }
  return make(*family, std::move(arguments));
}

std::string written_duration(Duration duration) {
  if (duration == infinite) return "infinity";
  struct Unit {
    std::int64_t nanoseconds;
    std::string_view name;
  };
  constexpr std::array<Unit, 7> units{{{86'400'000'000'000, "d"},
                                       {3'600'000'000'000, "h"},
                                       {60'000'000'000, "min"},
                                       {1'000'000'000, "s"},
                                       {1'000'000, "ms"},
                                       {1'000, "us"},
                                       {1, "ns"}}};
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  for (const Unit& unit : units) {
    if (unit.name == "d" && count == unit.nanoseconds) continue;  // people say 24h
    if (count % unit.nanoseconds == 0) return fmt::format("{}{}", count / unit.nanoseconds, unit.name);
    // 1.5s reads better than 1500ms, 90s better than 1.5min.
    const bool decimal = unit.nanoseconds <= 1'000'000'000;
    if (decimal && count > unit.nanoseconds && (count * 1000 / 1000 == count) &&
        count % (unit.nanoseconds / 1000 == 0 ? 1 : unit.nanoseconds / 1000) == 0) {
      std::string text =
          fmt::format("{}.{:03}", count / unit.nanoseconds, count % unit.nanoseconds * 1000 / unit.nanoseconds);
      text.erase(text.find_last_not_of('0') + 1);
      return text + std::string(unit.name);
    }
  }
  return fmt::format("{}ns", count);
}

std::string written_rate(double per_second) {
  struct Unit {
    double seconds;
    std::string_view name;
  };
  constexpr std::array<Unit, 4> units{{{1, "s"}, {60, "min"}, {3600, "h"}, {86400, "day"}}};
  // The first unit in which the number is short and reads back; else the full double per second.
  for (const Unit& unit : units) {
    const std::string text = fmt::format("{:.6g}", per_second * unit.seconds);
    const std::string candidate = fmt::format("{}/{}", text, unit.name);
    const auto back = parse_rate(candidate);
    if (back && *back == per_second && (per_second * unit.seconds >= 0.1 || per_second == 0)) return candidate;
  }
  return fmt::format("{}/s", per_second);
}

std::string written_probability(double probability) {
  if (probability == 0) return "never";
  if (probability == 1) return "always";
  const std::string percent = fmt::format("{:.6g}%", probability * 100);
  const auto back = parse_probability(percent);
  if (probability >= 1e-4 && back && *back == probability) return percent;
  return fmt::format("{}", probability);
}

}  // namespace treefall::spec
