/// Text from outside in a shell script: as a comment, or as one word.
enum ShellText {
    /// One line after `# `.
    static func comment(_ text: String) -> String { "# " + VisibleText.line(text, limit: MarkdownText.maximumInline) }

    /// In single quotes, so that nothing in it means anything.
    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

    /// The environment variables that a command reads: `$NAME` and `${NAME}`, where no backslash stands before the sign.
    static func variables(in command: String) -> [String] {
        var names: Set<String> = []
        var isEscaped = false
        var rest = command[...]
        while let character = rest.popFirst() {
            defer { isEscaped = character == "\\" && !isEscaped }
            guard character == "$", !isEscaped else { continue }
            if rest.first == "{" { rest = rest.dropFirst() }
            let name = rest.prefix { $0 == "_" || $0.isASCII && ($0.isUppercase || $0.isNumber) }
            if let first = name.first, !first.isNumber { names.insert(String(name)) }
        }
        return names.sorted()
    }
}
