// How an error comes into the list: shortened, with both places of what came through an alias, and not without end.
#include <fmt/format.h>

#include "spec/check.hpp"

namespace treefall::spec {

namespace {

constexpr std::string_view through_alias = "in what the anchor ";

/// Messages quote the text; nobody reads more of a very long one than how it starts and ends.
std::string shortened(std::string message) {
  constexpr std::size_t longest = 500, head = 160, tail = 80;
  if (message.size() <= longest) return message;
  const auto continues = [&](std::size_t i) { return (static_cast<unsigned char>(message[i]) & 0xC0U) == 0x80U; };
  std::size_t from = message.size() - tail, to = head;
  while (continues(to)) --to;
  while (from < message.size() && continues(from)) ++from;
  return message.substr(0, to) + " … " + message.substr(from);
}

}  // namespace

Diagnostic& complain(std::vector<Diagnostic>& out, const yaml::Cursor& at, std::string rule, std::string message,
                     std::string help) {
  Diagnostic d;
  d.rule = std::move(rule);
  d.message = shortened(std::move(message));
  d.help = shortened(std::move(help));
  d.span = at.span();
  if (!at.anchor().empty())
    d.labels.push_back({at.written(), fmt::format("{}`&{}` holds", through_alias, at.anchor())});
  if (out.size() >= most_held) out.pop_back();
  out.push_back(std::move(d));
  return out.back();
}

bool came_through_alias(const Diagnostic& diagnostic) {
  return !diagnostic.labels.empty() && diagnostic.labels.front().text.starts_with(through_alias);
}

}  // namespace treefall::spec
