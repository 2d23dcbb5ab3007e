import AWSClient
import ArtifactBundle
import Durable
import Formats
import Foundation
import HTTPClient
import ObjectStorage

/// Where a run is that somebody wants to read. What is in S3 is fetched into a directory of this machine for as long as it is read.
///
/// ```
/// s3://bucket/prefix/                    a state: its newest run
/// s3://bucket/…/plumbline-….tar.gz       a bundle
/// anything else                          a path of this machine
/// ```
///
/// Nobody has named a configuration here: region, endpoint and credentials are those of the environment and of AWS's own files.
public struct RunPlace: Sendable {
    /// As it was given.
    let name: String
    private let objects: @Sendable (StoreLocation) -> any ObjectStore

    public init(_ name: String, variables: [String: String]) {
        self.init(name) { location in
            let aws = AWSClient(
                AWSClient.Configuration(
                    region: variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? "", deadline: .seconds(60),
                    retry: AWSRetry(cap: .seconds(2))),
                surroundings: CredentialSurroundings(environment: variables, transport: HTTPClient()))
            return S3ObjectStore(aws, at: location)
        }
    }

    init(_ name: String, objects: @escaping @Sendable (StoreLocation) -> any ObjectStore) {
        self.name = name
        self.objects = objects
    }

    private var isRemote: Bool { StoreLocation.isRemote(name) }
    private var isBundle: Bool { name.hasSuffix(".tar.gz") || name.hasSuffix(".tar.zst") }

    /// Reads a run as ``RunSource`` finds it.
    ///
    /// - Parameter work: gets the path of a bundle, an unpacked bundle or a state directory.
    /// - Throws: ``StateError`` for a place that cannot be read, and what the work throws.
    public func reading<Value>(
        _ limits: BundleReading, _ work: (_ path: String) async throws -> Value
    ) async throws -> Value {
        guard isRemote else { return try await work(name) }
        if isBundle { return try await readingBundle(limits, work) }
        let location = try location(name)
        return try await S3StateStore.withCopy(of: objects(location), at: location) { folder in
            guard !StateDirectory(url: folder).runs.isEmpty else { throw StateError.noRun(path: name) }
            return try await work(folder.path)
        }
    }

    /// Reads a bundle; of a state in S3 the one that was delivered last.
    ///
    /// - Throws: ``StateError`` for a place that cannot be read, `BundleError` for a bundle that is not the one which was delivered.
    public func readingBundle<Value>(
        _ limits: BundleReading, _ work: (_ path: String) async throws -> Value
    ) async throws -> Value {
        guard isRemote else { return try await work(name) }
        let folder = try S3StateStore.workingFolder()
        defer { folder.remove() }
        return try await work(try await fetch(into: folder.url, limits))
    }

    private func fetch(into folder: URL, _ limits: BundleReading) async throws -> String {
        do {
            if isBundle {
                let slash = name.lastIndex(of: "/") ?? name.startIndex
                let (place, key) = (String(name[...slash]), String(name[name.index(after: slash)...]))
                return try await fetch(key, from: objects(try location(place)), into: folder, limits).path
            }
            let store = objects(try location(name))
            guard let newest = try await store.get("latest.json") else {
                throw StateError.remote(place: name, reason: "no run has delivered a bundle there yet")
            }
            guard let delivery = try? JSON.decode(Delivery.self, from: Data(newest.bytes)), delivery.hasPlainName else {
                throw BundleError(.damaged, name + "latest.json", "names no bundle")
            }
            let key = "bundles/\(delivery.bundle)"
            let found = try await fetch(key, from: store, into: folder, limits)
            guard found.sha256 == delivery.sha256 else {
                throw BundleError(
                    .damaged, name + key, "has SHA-256 \(found.sha256), and the run delivered \(delivery.sha256)")
            }
            return found.path
        } catch let error as ObjectStoreError {
            switch error.code {
            case .tooLarge: throw BundleError(.tooLarge, name, error.description)
            case .damaged: throw BundleError(.damaged, name, error.description)
            case .refused, .unanswered: throw StateError.remote(place: name, reason: error.description)
            }
        }
    }

    private func fetch(
        _ key: String, from store: any ObjectStore, into folder: URL, _ limits: BundleReading
    ) async throws -> (path: String, sha256: String) {
        let path = folder.appending(path: key.split(separator: "/").last.map(String.init) ?? "bundle").path
        guard let digest = try await store.download(key, to: path, atMost: limits.archive.totalBytes) else {
            throw StateError.remote(place: name, reason: "there is no \(key)")
        }
        return (path, digest)
    }

    private func location(_ text: String) throws(StateError) -> StoreLocation {
        do throws(StoreLocation.Problem) {
            return try StoreLocation(text)
        } catch {
            throw .remote(place: text, reason: error.reason)
        }
    }
}

extension Delivery {
    /// Whether the bundle's name is that of one file.
    fileprivate var hasPlainName: Bool { !bundle.isEmpty && !bundle.contains("/") && !bundle.hasPrefix(".") }
}
