import Foundation
import PackagePlugin

/// Embeds the files of the top-level `templates/` in the target it is applied to, so that the binary runs from anywhere.
@main
struct TemplatePlugin: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let directory = context.package.directoryURL.appending(path: "templates")
        let templates = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            .filter { name in
                name != "README.md" && [".md", ".html", ".css", ".js"].contains(where: name.hasSuffix)
            }
            .sorted().map { directory.appending(path: $0) }
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedTemplates.swift")
        return [
            .buildCommand(
                displayName: "Embedding the templates",
                executable: try context.tool(named: "template-embedder").url,
                arguments: [output.path, "EmbeddedTemplates", directory.path] + templates.map(\.path),
                inputFiles: templates,
                outputFiles: [output])
        ]
    }
}
