import Foundation

// Writes a Swift file that holds the texts of templates by their file names.
// Usage: template-embedder OUTPUT.swift TEMPLATE.md ...

/// A raw literal whose delimiter does not stand in the text.
func literal(_ text: String) -> String {
    var hashes = "#"
    while text.contains("\"\"\"" + hashes) || text.contains("\\" + hashes) { hashes += "#" }
    return "\(hashes)\"\"\"\n\(text)\n\"\"\"\(hashes)"
}

var generated = "enum EmbeddedTemplates {\n    static let texts: [String: String] = [\n"
for path in CommandLine.arguments.dropFirst(2) {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    generated += "\"\(URL(filePath: path).lastPathComponent)\":\n\(literal(text)),\n"
}
generated += "    ]\n}\n"
let output = CommandLine.arguments[1]
// An unchanged file is left alone, so that what reads it is not built again.
if (try? String(contentsOfFile: output, encoding: .utf8)) != generated {
    try generated.write(toFile: output, atomically: true, encoding: .utf8)
}
