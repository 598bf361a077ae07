// Hides which of the changed figures says most: how a supervisor falls before how busy a worker is, and of those the
// one that has changed by the greatest factor.
#include "report/difference_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/figures.hpp"
#include "report/glyphs.hpp"
#include "spec/wording.hpp"

namespace treefall::report {

namespace {

using advice::Change;
using advice::QuantityChange;

double value_before(const QuantityChange& one) {
  const bool said = one.before && !std::isnan(one.before->value);
  return said ? one.before->value : one.observed ? one.observed->before : NAN;
}

double value_after(const QuantityChange& one) {
  const bool said = one.after && !std::isnan(one.after->value);
  return said ? one.after->value : one.observed ? one.observed->after : NAN;
}

std::string figure(const QuantityChange& one, double value) {
  return std::isnan(value) ? "cannot be said" : spec::value_text(spec::info(one.quantity).unit, value);
}

/// Both, in as many digits as tell them apart.
std::pair<std::string, std::string> figures(const QuantityChange& one) {
  const double before = value_before(one), after = value_after(one);
  std::string from = figure(one, before), to = figure(one, after);
  if (from != to || before == after || std::isnan(before) || std::isnan(after)) return {from, to};
  const double percent = 100 * (after / before - 1);
  return {from, to + fmt::format(" ({:+.2g} %)", percent)};
}

double factor(const QuantityChange& one) {
  const double before = value_before(one), after = value_after(one);
  if (before == after) return 0;
  return before > 0 && after > 0 ? std::abs(std::log(after / before)) : HUGE_VAL;
}

/// The figure that says most about a kind of change.
const QuantityChange* leading(const advice::Difference& difference, Change change) {
  const QuantityChange* lead = nullptr;
  for (const QuantityChange& one : difference.quantities) {
    if (one.change != change) continue;
    const bool first = lead == nullptr || one.quantity < lead->quantity;
    if (first || (one.quantity == lead->quantity && factor(one) > factor(*lead))) lead = &one;
  }
  return lead;
}

/// `` `Top` has a mean time to failure of 87 s instead of 3 days ``.
std::string said_of(const QuantityChange& one) {
  const auto [from, to] = figures(one);
  return fmt::format("`{}` has {} {} instead of {}", shown(last_name(one.process)),
                     quantity_text(one.quantity, one.within), to, from);
}

std::string name_of(const spec::Source& source) { return fmt::format("`{}`", shown(source.file())); }

struct Noun {
  const char* one;
  const char* many;
};
constexpr Noun findings{"finding", "findings"}, quantities{"quantity", "quantities"};

/// `2 findings new`, `1 fixed`: the noun stands with the first.
void add_counted(std::vector<std::string>& parts, std::size_t number, const char* word, const Noun& noun, bool& said) {
  if (number == 0) return;
  const std::string plural = said ? "" : fmt::format(" {}", number == 1 ? noun.one : noun.many);
  said = true;
  parts.push_back(fmt::format("{}{} {}", spec::count_text(number), plural, word));
}

/// `2 findings new, 1 fixed, 3 quantities worse, 1 better`; nothing that is none.
std::string counts(const advice::Difference& difference) {
  std::vector<std::string> parts;
  bool said = false;
  add_counted(parts, difference.appeared.size(), "new", findings, said);
  add_counted(parts, difference.fixed.size(), "fixed", findings, said);
  add_counted(parts, difference.suppressed.size(), "newly ignored", findings, said);
  said = false;
  const auto add = [&](Change change, const char* word) {
    add_counted(parts, count(difference, change), word, quantities, said);
  };
  add(Change::worse, "worse");
  add(Change::better, "better");
  add(Change::appeared, "only in the new design");
  add(Change::gone, "only in the old one");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string shown_by(const QuantityChange& one) {
  if (!one.observed) {
    const auto& side = one.after ? one.after : one.before;
    if (!side || std::isnan(side->value)) return "";
    const bool both = one.before && one.after && one.before->method != one.after->method;
    const std::string method(analyzer::name(side->method));
    return "prediction: " + (both ? std::string(analyzer::name(one.before->method)) + ", " : "") + method;
  }
  const confirm::Paired& paired = *one.observed;
  const std::string interval = paired.is_ratio ? fmt::format("{:.4g} … {:.4g} times", paired.low, paired.high)
                                               : fmt::format("{:+.4g} … {:+.4g}", paired.low, paired.high);
  const std::string together =
      std::isnan(paired.correlation) ? "" : fmt::format(", correlation {:.2f}", paired.correlation);
  return fmt::format("execution: {} ({} pairs{})", interval, paired.batches, together);
}

}  // namespace

std::size_t count(const advice::Difference& difference, Change change) {
  return static_cast<std::size_t>(std::count_if(difference.quantities.begin(), difference.quantities.end(),
                                                [&](const QuantityChange& one) { return one.change == change; }));
}

std::string rest_text(const advice::Difference& difference) {
  const auto number_of = [&](Change change) {
    const std::size_t number = count(difference, change);
    return fmt::format("{} {}", spec::count_text(number), number == 1 ? "quantity" : "quantities");
  };
  std::string text =
      fmt::format("{}, {}", spec::count_text(difference.unchanged.size(), "finding"), number_of(Change::unchanged));
  if (count(difference, Change::undecided) > 0)
    text += fmt::format("; within their errors: {}", number_of(Change::undecided));
  return text;
}

std::string sentence(const Compared& compared) {
  const advice::Difference& difference = compared.difference;
  const std::string before = name_of(compared.before.source), after = name_of(compared.after.source);
  const QuantityChange* worse = leading(difference, Change::worse);
  const QuantityChange* better = leading(difference, Change::better);
  const bool bad = worse != nullptr || !difference.appeared.empty();
  const bool good = better != nullptr || !difference.fixed.empty();
  const std::string numbers = counts(difference);
  if (!bad && !good) {
    const std::string end = numbers.empty() ? "" : " (" + numbers + ")";
    return fmt::format("{} is neither better nor worse than {}{}", after, before, end);
  }
  std::string fact;
  if (worse != nullptr) fact = said_of(*worse);
  if (better != nullptr) fact += (worse == nullptr ? "" : ", but ") + said_of(*better);
  if (!fact.empty()) fact += "; ";
  const char* verdict = bad && good ? "better and worse than" : bad ? "worse than" : "better than";
  return fmt::format("{} is {} {}: {}{}", after, verdict, before, fact, numbers);
}

std::vector<ChangedRow> changed_rows(const Compared& compared) {
  constexpr std::array order = {Change::worse, Change::better, Change::appeared};
  std::vector<const QuantityChange*> changed;
  std::vector<std::string> paths;
  for (const Change change : order) {
    for (const QuantityChange& one : compared.difference.quantities) {
      const bool unsaid = change == Change::appeared && std::isnan(one.after->value);
      if (one.change != change || unsaid) continue;
      changed.push_back(&one);
      paths.push_back(one.process);
    }
  }
  std::vector<std::string> names = short_names(paths);
  std::vector<ChangedRow> rows;
  for (std::size_t i = 0; i < changed.size(); ++i) {
    const QuantityChange& one = *changed[i];
    std::string name = shown(names[i]);
    if (one.copies > 1) {
      if (name.ends_with("[0]")) name.erase(name.size() - 3);
      name += " (each of " + spec::count_text(one.copies) + ")";
    }
    const auto [from, to] = figures(one);
    rows.push_back({one.change, name, quantity_text(one.quantity, one.within), one.before ? from : "–",
                    one.after ? to : "–", shown_by(one)});
  }
  return rows;
}

}  // namespace treefall::report
