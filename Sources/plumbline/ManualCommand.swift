import ArgumentParser
import Formats
import Foundation
import Job

struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Print the manual page, for man1 of a package or an image.",
        discussion: "The page is made from the same declarations as --help: `plumbline manual | man -l -` shows it.")

    func run() throws {
        let description = try JSON.decode(JSONValue.self, from: Data(PlumblineCommand._dumpHelp().utf8))
        StandardOutput.write("\(ManualPage(description["command"] ?? .null, version: RunIdentity.version).text)")
    }
}

/// The command line as a page in man(7), of what the parser says about its commands.
struct ManualPage {
    private let root: JSONValue
    private let version: String

    init(_ root: JSONValue, version: String) {
        self.root = root
        self.version = version
    }

    var text: String {
        var lines = [".TH PLUMBLINE 1 \"\" \"Plumbline \(version)\" \"User Commands\"", ".SH NAME"]
        lines.append("plumbline \\- \(Self.escaped(Self.sentence(root["abstract"]?.string ?? "")))")
        lines += [".SH SYNOPSIS", ".B plumbline", ".I command", "[\\fIoptions\\fR]", ".SH DESCRIPTION"]
        lines += Self.block(root["discussion"]?.string ?? "")
        lines.append(".SH COMMANDS")
        for command in commands { lines += section(of: command) }
        lines += [
            ".SH ENVIRONMENT", ".TP", ".B NO_COLOR", "No colours on a terminal.", ".TP",
            ".BR PLUMBLINE_LOG_LEVEL \", \" PLUMBLINE_LOG_FORMAT", "As \\-\\-log\\-level and \\-\\-log\\-format.",
            ".PP",
            "Variables that the configuration refers to hold its secrets.", ".SH FILES", ".TP", ".I plumbline.yaml",
            "The configuration; \\fBplumbline init\\fR writes a first one.", ".TP", ".I .plumbline",
            "The state directory: runs, checkpoints, what is to be undone.",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private var commands: [JSONValue] {
        (root["subcommands"]?.array ?? []).filter { $0["commandName"]?.string != "help" }
    }

    private func section(of command: JSONValue, below parents: String = "plumbline") -> [String] {
        let name = "\(parents) \(command["commandName"]?.string ?? "")"
        let arguments = (command["arguments"]?.array ?? []).filter {
            $0["shouldDisplay"] == true && !["help", "version"].contains($0["preferredName"]?["name"]?.string ?? "")
        }
        var lines = [".SS \(Self.escaped(name))", Self.escaped(command["abstract"]?.string ?? "")]
        if let discussion = command["discussion"]?.string { lines += [".PP"] + Self.block(discussion) }
        for argument in arguments {
            lines += [".TP", Self.tag(of: argument)]
            lines.append(Self.escaped(Self.explanation(of: argument)))
        }
        for child in command["subcommands"]?.array ?? [] where child["commandName"]?.string != "help" {
            lines += section(of: child, below: name)
        }
        return lines
    }

    private static func tag(of argument: JSONValue) -> String {
        let value = "\\fI\(escaped(argument["valueName"]?.string ?? "value"))\\fR"
        guard argument["kind"]?.string != "positional" else { return value }
        let names = (argument["names"]?.array ?? []).map { name in
            let dashes = name["kind"]?.string == "long" ? "--" : "-"
            return "\\fB\(escaped(dashes + (name["name"]?.string ?? "")))\\fR"
        }
        let isFlag = argument["kind"]?.string == "flag"
        return names.joined(separator: ", ") + (isFlag ? "" : " \(value)")
    }

    private static func explanation(of argument: JSONValue) -> String {
        let text = [argument["abstract"]?.string, argument["discussion"]?.string].compactMap(\.self)
        let fallback = argument["defaultValue"]?.string.map { ["Default: \($0)."] } ?? []
        return (text.map { $0.last.map { ".!?".contains($0) } == true ? $0 : $0 + "." } + fallback)
            .joined(separator: " ")
    }

    /// Paragraphs as they are; what is indented, such as a table, keeps its lines.
    private static func block(_ text: String) -> [String] {
        text.components(separatedBy: "\n\n").enumerated().flatMap { index, paragraph -> [String] in
            let lines = paragraph.components(separatedBy: "\n")
            let isTable = lines.contains { $0.hasPrefix("  ") }
            return (index > 0 ? [".PP"] : []) + (isTable ? [".nf"] : []) + lines.map(escaped) + (isTable ? [".fi"] : [])
        }
    }

    /// The abstract as the end of the page's name line, which has no full stop.
    private static func sentence(_ text: String) -> String {
        let words = text.hasSuffix(".") ? String(text.dropLast()) : text
        return words.prefix(1).lowercased() + words.dropFirst()
    }

    /// What roff reads as its own is said as what it is.
    private static func escaped(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("\n", with: " ")
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&\(escaped)" : escaped
    }
}
