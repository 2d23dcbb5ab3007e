import CCurl
import Glibc

extension Transfer {
    func setCallbacks(_ options: inout OptionList) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        options.set(CURLOPT_HEADERDATA, context)
        options.set(CURLOPT_HEADERFUNCTION, callback: Transfer.headerCallback)
        options.set(CURLOPT_WRITEDATA, context)
        options.set(CURLOPT_WRITEFUNCTION, callback: Transfer.bodyCallback)
        options.set(CURLOPT_READDATA, context)
        options.set(CURLOPT_READFUNCTION, callback: Transfer.uploadCallback)
        options.set(CURLOPT_SEEKDATA, context)
        options.setRewind(Transfer.rewindCallback)
    }

    private static func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let headerCallback: curl_transfer_callback = { pointer, size, count, context in
        let bytes = UnsafeRawBufferPointer(start: pointer, count: size * count)
        return transfer(context)?.receive(headerLine: bytes) == true ? bytes.count : 0
    }

    private static let bodyCallback: curl_transfer_callback = { pointer, size, count, context in
        let bytes = UnsafeRawBufferPointer(start: pointer, count: size * count)
        // Zero means failure to libcurl only when there was something to take.
        return transfer(context)?.receive(body: bytes) == true ? bytes.count : 0
    }

    private static let uploadCallback: curl_transfer_callback = { pointer, size, count, context in
        transfer(context)?.send(into: UnsafeMutableRawBufferPointer(start: pointer, count: size * count)) ?? 0
    }

    /// libcurl rewinds when a reused connection turned out to be closed and it sends the request again.
    private static let rewindCallback: curl_rewind_callback = { context, offset, origin in
        guard let transfer = transfer(context), origin == SEEK_SET,
            (0...Int64(transfer.request.body?.count ?? 0)).contains(Int64(offset))
        else { return CURL_SEEKFUNC_FAIL }
        transfer.bodyOffset = Int(offset)
        return CURL_SEEKFUNC_OK
    }
}
