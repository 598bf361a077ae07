#include "spec/show_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace treefall::spec {

namespace {

bool is_word_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '/' || c == '-' || c == ' ';
}

/// Words that some YAML tool takes for something else than text.
bool means_something_else(std::string_view text) {
  for (const std::string_view word :
       {"true", "false", "null", "Null", "NULL", "yes", "no", "on", "off", "True", "False", "y", "n"}) {
    if (text == word) return true;
  }
  return false;
}

bool is_plain(std::string_view text) {
  if (text.empty() || means_something_else(text)) return false;
  const char first = text.front();
  const bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
  if (!letter || text.back() == ' ') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool colon = text[i] == ':' && i + 1 < text.size() && text[i + 1] != ' ';  // traffic:checkout, repo.ex:12
    const bool index = (text[i] == '[' || text[i] == ']') && text.find('[') != std::string_view::npos;
    if (index) return false;
    if (!is_word_letter(text[i]) && !colon) return false;
  }
  return true;
}

}  // namespace

std::string scalar_text(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

void YamlWriter::start_line() {
  if (at_item_) {
    at_item_ = false;
    return;
  }
  text_.append(static_cast<std::size_t>(indent_) * 2, ' ');
}

void YamlWriter::entry(std::string_view key, std::string_view value, std::string_view comment) {
  start_line();
  text_ += fmt::format("{}: {}", key, value);
  if (!comment.empty()) text_ += fmt::format("  # {}", comment);
  text_ += '\n';
}

void YamlWriter::block(std::string_view key, const std::function<void()>& inside) {
  start_line();
  text_ += fmt::format("{}:\n", key);
  ++indent_;
  inside();
  --indent_;
}

void YamlWriter::item(const std::function<void()>& inside) {
  start_line();
  text_ += "- ";
  at_item_ = true;
  ++indent_;
  inside();
  --indent_;
}

void YamlWriter::comment(std::string_view text) {
  start_line();
  text_ += fmt::format("# {}\n", text);
}

}  // namespace treefall::spec
