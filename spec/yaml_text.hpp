// The letters below YAML: what may stand in a text at all, and where a scalar, a comment or a blank ends. Positions are
// byte offsets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/diagnostic.hpp"
#include "spec/source.hpp"

namespace treefall::spec::yaml {

/// Checks the encoding and reports what no YAML text may hold. The result has the same length with every such byte
/// replaced, so that reading can go on; it is empty where nothing can be read (UTF-16, UTF-32).
std::string clean(const Source& source, std::vector<Diagnostic>& diagnostics);

/// Reports lines of another language than YAML, and blanks them out: what a merge has left, a Markdown fence, `//`.
void blank_foreign_lines(const Source& source, std::string& text, std::vector<Diagnostic>& diagnostics);

/// The bracket with which more than `most` are open; those inside of quotes and comments count, too.
std::optional<std::size_t> bracket_nested(std::string_view text, std::size_t most);

/// Behind blanks, line ends and comments.
std::size_t skip_trivia(std::string_view text, std::size_t at);
/// Behind anchors, tags and what separates them from their value.
std::size_t skip_properties(std::string_view text, std::size_t at);
/// Behind the closing quote of the quoted scalar that starts at `at`; npos where there is none.
std::size_t end_of_quoted(std::string_view text, std::size_t at);
/// Behind the last character of the plain scalar at `at` whose folded value is `value`.
std::size_t end_of_plain(std::string_view text, std::size_t at, std::string_view value);
/// Behind the last character of the block scalar (`|`, `>`) at `at`.
std::size_t end_of_block(std::string_view text, std::size_t at);
/// Behind a name such as that of an alias.
std::size_t end_of_name(std::string_view text, std::size_t at);

/// The offset at which the line of `at` starts, and that of its end (of the line feed, or the end of the text).
std::size_t line_start(std::string_view text, std::size_t at);
std::size_t line_end(std::string_view text, std::size_t at);
/// How many spaces a line starts with.
std::size_t indentation(std::string_view text, std::size_t start_of_line);

}  // namespace treefall::spec::yaml
