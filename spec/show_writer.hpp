// Lines of YAML with aligned indentation and trailing comments. Internal to show.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace treefall::spec {

class YamlWriter {
 public:
  /// `key: value`, with a comment where it is not empty. The value is YAML already.
  void entry(std::string_view key, std::string_view value, std::string_view comment = "");
  /// `key:` with what `inside` writes below it.
  void block(std::string_view key, const std::function<void()>& inside);
  /// An item of a list: the first line that `inside` writes follows `- `.
  void item(const std::function<void()>& inside);
  void comment(std::string_view text);
  const std::string& text() const { return text_; }

 private:
  void start_line();
  std::string text_;
  int indent_ = 0;
  bool at_item_ = false;  // `- ` stands on the line already
};

/// A text as a scalar: plain where that reads back as the same text, else in double quotes.
std::string scalar_text(std::string_view text);

}  // namespace treefall::spec
