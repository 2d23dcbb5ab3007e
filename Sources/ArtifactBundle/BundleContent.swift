import Foundation

/// One file that goes into a bundle.
public struct BundleContent: Hashable, Sendable {
    /// Where the bytes come from.
    public enum Source: Hashable, Sendable {
        case bytes([UInt8])
        /// A regular file. It may grow while it is packed: only the bytes it had at first are taken.
        case file(URL)
    }

    /// The path inside the bundle, with `/` between components.
    public var path: String
    public var source: Source

    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.source = .bytes(bytes)
    }

    public init(path: String, file: URL) {
        self.path = path
        self.source = .file(file)
    }

    /// Every regular file under a directory, by path.
    ///
    /// A link, socket, pipe or device is an error rather than left out silently: a bundle holds files only.
    /// - Parameter prefix: put before each path, such as `evidence/`.
    /// - Throws: `badSource` for anything but files and directories, `inputOutput` when the directory cannot be read.
    public static func files(under directory: URL, prefix: String = "") throws(BundleError) -> [BundleContent] {
        var found: [BundleContent] = []
        try collect(directory, prefix, depth: 0, into: &found)
        return found.sorted { BundlePath.precedes($0.path, $1.path) }
    }

    private static let maximumDepth = 64

    private static func collect(
        _ directory: URL, _ prefix: String, depth: Int, into found: inout [BundleContent]
    ) throws(BundleError) {
        guard depth < maximumDepth else {
            throw BundleError(.badSource, directory.path, "directories are nested deeper than \(maximumDepth)")
        }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        } catch {
            throw BundleError(.inputOutput, directory.path, "cannot list the directory: \(error)")
        }
        for name in names {
            let item = directory.appending(path: name)
            switch try PosixFile.kind(of: item.path) {
            case .regular: found.append(BundleContent(path: prefix + name, file: item))
            case .directory: try collect(item, prefix + name + "/", depth: depth + 1, into: &found)
            case .other(let description):
                throw BundleError(.badSource, item.path, "is \(description); a bundle holds regular files only")
            }
        }
    }
}
