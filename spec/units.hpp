// Values as the language writes them: durations, rates, probabilities, distributions, whole numbers. Text to value with
// a plain complaint where it is not one, and value to the shortest text that reads back to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "spec/distribution.hpp"
#include "spec/time.hpp"

namespace treefall::spec {

/// Why a text is not the value it should be, and what to write.
struct Complaint {
  std::string rule;     // `wrong-type`, `bad-unit`, `bad-value`
  std::string message;  // lower case, no full stop
  std::string help;
};

/// A value, or the complaint.
template <class T>
class Parsed {
 public:
  Parsed(T value) : held_(std::move(value)) {}                  // NOLINT: a value is a result
  Parsed(Complaint complaint) : held_(std::move(complaint)) {}  // NOLINT: so is a complaint
  explicit operator bool() const { return held_.index() == 0; }
  const T& operator*() const { return std::get<0>(held_); }
  const T* operator->() const { return &std::get<0>(held_); }
  const Complaint& complaint() const { return std::get<1>(held_); }

 private:
  std::variant<T, Complaint> held_;
};

/// `250us` to `30d`; exact to the nanosecond. Never negative, less than 292 years.
Parsed<Duration> parse_duration(std::string_view text);
/// A duration, or a bare number of what OTP's own field counts in.
Parsed<Duration> parse_duration(std::string_view text, Duration unit_of_bare_number);
/// `120/s`, in events per second.
Parsed<double> parse_rate(std::string_view text);
/// `0.1%`, `0.001`, `1e-6`, `always`, `never`; 0 to 1.
Parsed<double> parse_probability(std::string_view text);
/// `5ms`, `exp(5ms)`, `uniform(1ms 5ms)`, …
Parsed<Distribution> parse_distribution(std::string_view text);
/// A whole number from `least` to `most`, decimal digits only.
Parsed<std::uint64_t> parse_whole(std::string_view text, std::uint64_t least, std::uint64_t most);
/// A decimal number, not negative.
Parsed<double> parse_number(std::string_view text);
/// `true` or `false`.
Parsed<bool> parse_boolean(std::string_view text);

/// Does the text open a bracket that it does not close: a distribution that YAML has cut at a comma?
bool is_torn(std::string_view text);

/// `1.5s`, `250us`, `infinity`: the largest unit that needs no more than three decimals, exact.
std::string written_duration(Duration duration);
/// `120/s`, `3/day`: reads back to the same double.
std::string written_rate(double per_second);
/// `0.1%`, `never`: reads back to the same double.
std::string written_probability(double probability);

}  // namespace treefall::spec
