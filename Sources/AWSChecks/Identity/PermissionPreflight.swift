import AWSClient
import RunModel

/// Which checks will be inconclusive for want of which action: what `plumbline plan` prints before anything runs.
public enum PermissionPreflight {
    public struct Gap: Hashable, Sendable, Codable {
        public var check: CheckID
        public var missingActions: [String]
    }

    /// The gaps of the checks, from a snapshot that holds at least `permissions`.
    ///
    /// Where the identity may not be simulated, the calls themselves are the probe: then the snapshot must hold the items of the
    /// checks, and the calls that were refused in it tell.
    public static func gaps(of descriptors: [CheckDescriptor], in snapshot: AWSSnapshot) -> [Gap] {
        let denied: Set<String>
        if case .value(let permissions)? = snapshot.permissions {
            denied = Set(permissions.filter { !$0.value }.keys)
        } else {
            denied = snapshot.deniedActions
        }
        return descriptors.compactMap { descriptor in
            let missing = descriptor.awsActions.filter(denied.contains)
            return missing.isEmpty ? nil : Gap(check: descriptor.id, missingActions: missing)
        }
    }

    /// The items to collect for `gaps(of:in:)` when the permissions themselves cannot be read: all that only reads.
    public static let probes: [AWSItem] = AWSItem.allCases.filter {
        // An object is written by one of them, one asks IAM again, and two ask something else than AWS.
        ![.artifactRoundTrip, .permissions, .healthPaths, .declaredChanges].contains($0)
    }
}

extension AWSSnapshot {
    /// The actions that were refused while it was collected.
    public var deniedActions: Set<String> {
        Set(errors.filter { $0.kind == .accessDenied }.compactMap(\.missingAction))
    }
}
