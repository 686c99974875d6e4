/**
 * Where the server parameters can be: in a file beside the embedded database; in the database that
 * several servers share, encrypted under a key that is not there; or in the environment.
 */

import { join } from 'node:path';
import type { TextSealer } from './core/ports.ts';
import type { Repository } from './core/repository.ts';
import { AesGcmSealer } from './crypto/sealed-text.ts';
import {
  createParamsFile,
  formatParams,
  PARAMS_FILE_NAME,
  ParamsFileError,
  parseParams,
  readParamsFile,
  replaceParamsFile,
  type ServerParams,
} from './storage/params-file.ts';

export interface ParamsPlace {
  /** What it is called in messages. */
  readonly name: string;
  /** Completes "the database …" and "the one …" in the same messages. */
  readonly whereDatabaseIs: string;
  /** What an operator can do when they are gone or of no use, as a clause. */
  readonly wayBack: string;
  /** Null when there are none yet. @throws ParamsFileError */
  read(): Promise<ServerParams | null>;
  /** Of any number of servers that start at once the first one's hold: those are returned. */
  create(params: ServerParams): Promise<ServerParams>;
  replace(params: ServerParams): Promise<void>;
}

/** Under PARAMS_KEY; what is sealed for one use cannot be opened for the other. */
export function paramsSealer(
  paramsKey: string,
  use: 'server parameters' | 'backed up parameters' = 'server parameters',
): TextSealer {
  return new AesGcmSealer(Buffer.from(paramsKey, 'utf8').toString('base64url'), use);
}

export class ParamsInFolder implements ParamsPlace {
  readonly name: string;
  readonly whereDatabaseIs = 'beside it';
  readonly wayBack = 'Put back the right file from a backup';
  readonly #folder: string;

  constructor(folder: string) {
    this.name = join(folder, PARAMS_FILE_NAME);
    this.#folder = folder;
  }

  async read(): Promise<ServerParams | null> {
    return readParamsFile(this.#folder);
  }

  async create(params: ServerParams): Promise<ServerParams> {
    return createParamsFile(this.#folder, params);
  }

  async replace(params: ServerParams): Promise<void> {
    replaceParamsFile(this.#folder, params);
  }
}

export class ParamsInDatabase implements ParamsPlace {
  readonly name = 'the parameter record in the database';
  readonly whereDatabaseIs = 'around it';
  readonly wayBack = 'Give the PARAMS_KEY that it was made with';
  readonly #repository: Repository;
  readonly #sealer: TextSealer;

  /** `sealer` works under PARAMS_KEY. */
  constructor(repository: Repository, sealer: TextSealer) {
    this.#repository = repository;
    this.#sealer = sealer;
  }

  async read(): Promise<ServerParams | null> {
    const sealed = await this.#repository.readSealedParams();
    return sealed === null ? null : this.#open(sealed);
  }

  async create(params: ServerParams): Promise<ServerParams> {
    const sealed = this.#sealer.seal(formatParams(params));
    return this.#open(await this.#repository.createSealedParams(sealed));
  }

  async replace(params: ServerParams): Promise<void> {
    await this.#repository.replaceSealedParams(this.#sealer.seal(formatParams(params)));
  }

  #open(sealed: string): ServerParams {
    const text = this.#sealer.open(sealed);
    if (text !== null) return parseParams(this.name, text);
    throw new ParamsFileError(this.name, 'was encrypted under another PARAMS_KEY than this one');
  }
}

/** The content of a parameter file, given as the setting SERVER_PARAMS. Nothing is saved. */
export class ParamsInEnvironment implements ParamsPlace {
  readonly name = 'SERVER_PARAMS';
  readonly whereDatabaseIs = 'in use';
  readonly wayBack = 'Give the content of the right server_params.btr';
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  async read(): Promise<ServerParams> {
    return parseParams(this.name, this.#text);
  }

  async create(): Promise<ServerParams> {
    return this.read();
  }

  async replace(): Promise<void> {
    // Secrets that are given beside it hold for this start; where they come from stays as it is.
  }
}
