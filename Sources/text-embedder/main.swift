import Foundation

// Writes a Swift file with an enumeration NAME that holds the texts of files by their paths below a directory.
// Usage: text-embedder OUTPUT.swift NAME DIRECTORY FILE ...

/// A raw literal whose delimiter does not stand in the text.
func literal(_ text: String) -> String {
    var hashes = "#"
    while text.contains("\"\"\"" + hashes) || text.contains("\\" + hashes) { hashes += "#" }
    return "\(hashes)\"\"\"\n\(text)\n\"\"\"\(hashes)"
}

let (name, directory) = (CommandLine.arguments[2], CommandLine.arguments[3] + "/")
var generated = "enum \(name) {\n    static let texts: [String: String] = [\n"
for path in CommandLine.arguments.dropFirst(4) {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let key = path.hasPrefix(directory) ? String(path.dropFirst(directory.count)) : path
    generated += "\"\(key)\":\n\(literal(text)),\n"
}
generated += "    ]\n}\n"
let output = CommandLine.arguments[1]
// An unchanged file is left alone, so that what reads it is not built again.
if (try? String(contentsOfFile: output, encoding: .utf8)) != generated {
    try generated.write(toFile: output, atomically: true, encoding: .utf8)
}
