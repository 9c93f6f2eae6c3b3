/** Electron's part of electron-updater, for tests without it. */
import { HttpExecutor } from 'builder-util-runtime'
import { type ClientRequest, type RequestOptions, request } from 'node:http'

/** electron-updater's requests over Node's HTTP. */
export class NodeExecutor extends HttpExecutor<ClientRequest> {
  override createRequest(options: RequestOptions, callback: (response: unknown) => void): ClientRequest {
    return request(options, callback)
  }
  async download(
    url: URL,
    destination: string,
    options: Parameters<HttpExecutor<ClientRequest>['doDownload']>[1]['options'],
  ) {
    return options.cancellationToken.createPromise<string>((resolve, reject, onCancel) => {
      const { protocol, hostname, port, pathname, search } = url
      const asked = { protocol, hostname, port, path: pathname + search, headers: options.headers ?? {} }
      const callback = (error: Error | null): void => {
        if (error) reject(error)
        else resolve(destination)
      }
      this.doDownload(asked as never, { destination, options, onCancel, callback, responseHandler: null }, 0)
    })
  }
}
